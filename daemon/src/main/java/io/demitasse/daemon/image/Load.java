package io.demitasse.daemon.image;

import io.demitasse.admin.v1.LoadRequest;
import io.demitasse.admin.v1.LoadResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.storage.image.ImageStore;
import io.demitasse.storage.registry.PullException;
import java.nio.file.Path;
import java.util.Optional;

/** Takes images from the node's own files. */
public final class Load implements Handler<LoadRequest, LoadResponse> {
    private final ImageStore images;

    /** Loads into this store. */
    public Load(ImageStore images) {
        this.images = images;
    }

    @Override
    public LoadResponse handle(LoadRequest request) throws RequestException, PullException {
        if (!request.getPath().startsWith("/")) {
            throw RequestException.invalid("path \"%s\" is not absolute", request.getPath());
        }
        var name = Optional.of(request.getName()).filter(each -> !each.isEmpty());
        var loaded = images.loadAll(Path.of(request.getPath()), name);
        var response = LoadResponse.newBuilder().setImageId(loaded.getFirst().id());
        for (var image : loaded) {
            response.addImageIds(image.id()).addAllNames(image.repositoryTags());
        }
        return response.build();
    }
}
