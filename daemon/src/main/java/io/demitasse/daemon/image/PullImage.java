package io.demitasse.daemon.image;

import io.demitasse.cri.v1.AuthConfig;
import io.demitasse.cri.v1.PullImageRequest;
import io.demitasse.cri.v1.PullImageResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.storage.image.ImageStore;
import io.demitasse.storage.image.PullRequest;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.PullException;
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
        if (!request.getAuth().equals(AuthConfig.getDefaultInstance())) {
            throw RequestException.unimplemented(
                    "image %s: pulling with credentials is not available yet", name);
        }
        var image = images.pull(PullRequest.of(Reference.parse(name)));
        LOGGER.log(Level.INFO, "image={0} id={1} bytes={2}", name, image.id(), image.sizeBytes());
        return PullImageResponse.newBuilder().setImageRef(image.id()).build();
    }
}
