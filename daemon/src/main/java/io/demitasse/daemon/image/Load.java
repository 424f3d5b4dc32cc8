package io.demitasse.daemon.image;

import io.demitasse.admin.v1.LoadPiece;
import io.demitasse.admin.v1.LoadRequest;
import io.demitasse.admin.v1.LoadResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.ReceivedCalls.Source;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.storage.image.Image;
import io.demitasse.storage.image.ImageStore;
import io.demitasse.storage.registry.PullException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Takes images from files of the node, or from what a client sends. */
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
        return response(images.loadAll(Path.of(request.getPath()), name(request.getName())));
    }

    /** As {@link #handle}, from an archive that comes with the call. */
    public LoadResponse receive(Source<LoadPiece> source)
            throws InterruptedException, PullException {
        var first = source.next().orElse(LoadPiece.getDefaultInstance());
        try (var archive = new ReceivedArchive(first.getData(), source)) {
            return response(images.loadAll(archive, name(first.getName())));
        }
    }

    private static Optional<String> name(String text) {
        return Optional.of(text).filter(each -> !each.isEmpty());
    }

    private static LoadResponse response(List<Image> loaded) {
        var response = LoadResponse.newBuilder().setImageId(loaded.getFirst().id());
        for (var image : loaded) {
            response.addImageIds(image.id()).addAllNames(image.repositoryTags());
        }
        return response.build();
    }
}
