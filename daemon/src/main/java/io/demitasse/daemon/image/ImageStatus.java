package io.demitasse.daemon.image;

import com.google.gson.stream.JsonWriter;
import io.demitasse.cri.v1.ImageStatusRequest;
import io.demitasse.cri.v1.ImageStatusResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.storage.image.Image;
import io.demitasse.storage.image.ImageStore;
import java.io.IOException;
import java.io.StringWriter;
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
        var text = new StringWriter();
        var info = new JsonWriter(text).beginObject();
        // as it is: its builder chose how many values it has, and parsed they take much more
        var document = new String(images.document(image), StandardCharsets.UTF_8).strip();
        if (images.isArtifact(image)) {
            info.name("artifact").jsonValue(document);
        } else {
            info.name("chainID").value(image.layers().getLast().toString());
            info.name("imageSpec").jsonValue(document);
        }
        info.name("layers").beginArray();
        for (var layer : images.layers(image).reversed()) {
            info.value(layer.toString());
        }
        info.endArray().endObject();
        return text.toString();
    }
}
