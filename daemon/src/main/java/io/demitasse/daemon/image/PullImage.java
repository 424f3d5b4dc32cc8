package io.demitasse.daemon.image;

import io.demitasse.cri.v1.AuthConfig;
import io.demitasse.cri.v1.PullImageRequest;
import io.demitasse.cri.v1.PullImageResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.storage.credential.Credential;
import io.demitasse.storage.credential.RequestCredential;
import io.demitasse.storage.image.Image;
import io.demitasse.storage.image.ImageStore;
import io.demitasse.storage.image.PullRequest;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.PullException;
import io.grpc.Context;
import java.lang.System.Logger.Level;

/**
 * Gets an image from its registry. The answer is the image's id, which every other call accepts.
 */
public final class PullImage implements Handler<PullImageRequest, PullImageResponse> {
    private static final System.Logger LOGGER = System.getLogger(PullImage.class.getName());

    private final ImageStore images;

    /** Pulls into this store. */
    public PullImage(ImageStore images) {
        this.images = images;
    }

    @Override
    public PullImageResponse handle(PullImageRequest request)
            throws RequestException, PullException {
        var name = request.getImage().getImage();
        if (name.isEmpty()) {
            throw RequestException.invalid("image is empty");
        }
        var pull = PullRequest.of(Reference.parse(name)).with(credential(request.getAuth()));
        var image = pull(pull);
        LOGGER.log(Level.INFO, "image={0} id={1} bytes={2}", name, image.id(), image.sizeBytes());
        return PullImageResponse.newBuilder().setImageRef(image.id()).build();
    }

    /** A client that gave up, or whose deadline passed, does not wait any more. */
    private Image pull(PullRequest request) throws PullException {
        var waiting = new Waiting();
        var call = Context.current();
        call.addListener(waiting, Runnable::run);
        try {
            return images.pull(request);
        } finally {
            call.removeListener(waiting);
            waiting.end();
        }
    }

    /** Interrupts the thread that made it, until the end. */
    private static final class Waiting implements Context.CancellationListener {
        private final Thread thread = Thread.currentThread();
        private boolean ended;

        @Override
        public synchronized void cancelled(Context call) {
            if (!ended) {
                thread.interrupt();
            }
        }

        synchronized void end() {
            ended = true;
            var _ = Thread.interrupted(); // the thread serves others next
        }
    }

    /** {@code auth} stands for name and password where those are not given, as in docker's file. */
    private static RequestCredential credential(AuthConfig auth) throws RequestException {
        var named = Credential.of(auth.getUsername(), auth.getPassword());
        try {
            if (auth.getUsername().isEmpty() && !auth.getAuth().isEmpty()) {
                named = Credential.decode(auth.getAuth());
            }
        } catch (IllegalArgumentException malformed) {
            throw RequestException.invalid(malformed);
        }
        var credential =
                new Credential(
                        named.username(),
                        named.password(),
                        auth.getIdentityToken(),
                        auth.getRegistryToken());
        return new RequestCredential(credential, auth.getServerAddress());
    }
}
