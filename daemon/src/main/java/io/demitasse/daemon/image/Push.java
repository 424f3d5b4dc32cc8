package io.demitasse.daemon.image;

import io.demitasse.admin.v1.PushRequest;
import io.demitasse.admin.v1.PushResponse;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.call.StreamedCalls;
import io.demitasse.daemon.call.StreamedCalls.Sink;
import io.demitasse.storage.image.ImagePushes;
import io.demitasse.storage.image.ImageStore;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.Descriptor;
import io.demitasse.storage.registry.PullException;
import java.lang.System.Logger.Level;

/** Puts an image into a registry. */
public final class Push implements StreamedCalls.Work<PushRequest, PushResponse> {
    private static final System.Logger LOGGER = System.getLogger(Push.class.getName());

    private final ImageStore images;
    private final ImagePushes pushes;

    /** Pushes images of this store. */
    public Push(ImageStore images, ImagePushes pushes) {
        this.images = images;
        this.pushes = pushes;
    }

    @Override
    public void run(PushRequest request, Sink<PushResponse> sink)
            throws RequestException, PullException, InterruptedException {
        var name = Reference.parse(request.getName());
        if (name.tag().isEmpty() || name.digest().isPresent()) {
            throw RequestException.invalid("\"%s\" is not a tag to push to", request.getName());
        }
        var source = request.getSource().isEmpty() ? request.getName() : request.getSource();
        var image = new KnownImages(images).named(source);
        var digest = pushes.push(image, name, (blob, step, sent) -> tell(sink, blob, step, sent));
        LOGGER.log(Level.INFO, "image={0} pushed={1} digest={2}", image.id(), name, digest);
        sink.send(PushResponse.newBuilder().setDigest(digest.toString()).build());
    }

    private static void tell(
            Sink<PushResponse> sink, Descriptor blob, ImagePushes.Step step, long sentBytes) {
        var message =
                PushResponse.newBuilder()
                        .setBlob(blob.digest().toString())
                        .setStep(step(step))
                        .setTotalBytes(blob.sizeBytes())
                        .setSentBytes(sentBytes)
                        .build();
        try {
            sink.send(message);
        } catch (InterruptedException gone) {
            Thread.currentThread().interrupt(); // which ends the push at its next request
        }
    }

    private static PushResponse.Step step(ImagePushes.Step step) {
        return switch (step) {
            case THERE -> PushResponse.Step.THERE;
            case MOUNTED -> PushResponse.Step.MOUNTED;
            case SENDING -> PushResponse.Step.SENDING;
            case SENT -> PushResponse.Step.SENT;
        };
    }
}
