package io.demitasse.daemon.image;

import io.demitasse.admin.v1.AdminGrpc;
import io.demitasse.admin.v1.LoadRequest;
import io.demitasse.admin.v1.LoadResponse;
import io.demitasse.daemon.call.Calls;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.storage.image.ImageStore;
import io.demitasse.storage.registry.PullException;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.Optional;

/** The admin service on the wire: what the {@code demitasse} command asks of its daemon. */
public final class AdminEndpoint extends AdminGrpc.AdminImplBase {
    private final ImageStore images;

    /** Serves this store. */
    public AdminEndpoint(ImageStore images) {
        this.images = images;
    }

    @Override
    public void load(LoadRequest request, StreamObserver<LoadResponse> answer) {
        Calls.unary(request, answer, this::load);
    }

    private LoadResponse load(LoadRequest request) throws RequestException, PullException {
        if (!request.getPath().startsWith("/")) {
            throw RequestException.invalid("path \"%s\" is not absolute", request.getPath());
        }
        var name =
                request.getName().isEmpty()
                        ? Optional.<String>empty()
                        : Optional.of(request.getName());
        var image = images.load(Path.of(request.getPath()), name);
        return LoadResponse.newBuilder()
                .setImageId(image.id())
                .addAllNames(image.repositoryTags())
                .build();
    }
}
