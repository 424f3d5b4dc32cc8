package io.demitasse.daemon.image;

import com.google.gson.JsonObject;
import io.demitasse.cri.v1.ImageStatusRequest;
import io.demitasse.cri.v1.ImageStatusResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.storage.image.Image;
import io.demitasse.storage.image.ImageStore;
import java.util.List;

/** Tells what is known of an image. The answer for an image that is not here is empty. */
public final class ImageStatus implements Handler<ImageStatusRequest, ImageStatusResponse> {
    private final ImageStore images;
    private final ImageViews views;

    /** Looks among these images, some of which are pinned. */
    public ImageStatus(ImageStore images, List<String> pinned) {
        this.images = images;
        this.views = new ImageViews(new PinnedImages(pinned));
    }

    @Override
    public ImageStatusResponse handle(ImageStatusRequest request) throws RequestException {
        var name = request.getImage().getImage();
        if (name.isEmpty()) {
            throw RequestException.invalid("image is empty");
        }
        var response = ImageStatusResponse.newBuilder();
        images.find(name)
                .ifPresent(image -> {
                    response.setImage(views.item(image));
                    if (request.getVerbose()) {
                        response.putInfo("info", info(image));
                    }
                });
        return response.build();
    }

    private static String info(Image image) {
        var info = new JsonObject();
        info.addProperty("id", image.id());
        info.addProperty("layers", image.layers().size());
        info.addProperty("entrypoint", String.join(" ", image.config().entrypoint()));
        info.addProperty("command", String.join(" ", image.config().command()));
        info.addProperty("workingDirectory", image.config().workingDirectory());
        info.addProperty("user", image.config().user());
        return info.toString();
    }
}
