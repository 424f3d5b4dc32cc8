package io.demitasse.daemon.image;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.demitasse.cri.v1.ImageStatusRequest;
import io.demitasse.cri.v1.ImageStatusResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.storage.image.Image;
import io.demitasse.storage.image.ImageStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
    public ImageStatusResponse handle(ImageStatusRequest request)
            throws RequestException, IOException {
        var name = request.getImage().getImage();
        if (name.isEmpty()) {
            throw RequestException.invalid("image is empty");
        }
        var response = ImageStatusResponse.newBuilder();
        var image = images.find(name);
        if (image.isPresent()) {
            response.setImage(views.item(image.get()));
            if (request.getVerbose()) {
                response.putInfo("info", info(image.get()));
            }
        }
        return response.build();
    }

    /** The keys are containerd's, for those who read {@code crictl inspecti} with a program. */
    private String info(Image image) throws IOException {
        var info = new JsonObject();
        var document = new String(images.document(image), StandardCharsets.UTF_8);
        if (images.isArtifact(image)) {
            info.add("artifact", JsonParser.parseString(document));
        } else {
            info.addProperty("chainID", image.layers().getLast().toString());
            info.add("imageSpec", JsonParser.parseString(document));
        }
        var layers = new JsonArray();
        images.layers(image).reversed().forEach(layer -> layers.add(layer.toString()));
        info.add("layers", layers);
        return info.toString();
    }
}
