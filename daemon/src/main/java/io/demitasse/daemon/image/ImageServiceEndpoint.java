package io.demitasse.daemon.image;

import io.demitasse.cri.v1.ImageFsInfoRequest;
import io.demitasse.cri.v1.ImageFsInfoResponse;
import io.demitasse.cri.v1.ImageServiceGrpc;
import io.demitasse.cri.v1.ImageStatusRequest;
import io.demitasse.cri.v1.ImageStatusResponse;
import io.demitasse.cri.v1.ListImagesRequest;
import io.demitasse.cri.v1.ListImagesResponse;
import io.demitasse.cri.v1.PullImageRequest;
import io.demitasse.cri.v1.PullImageResponse;
import io.demitasse.cri.v1.RemoveImageRequest;
import io.demitasse.cri.v1.RemoveImageResponse;
import io.demitasse.cri.v1.StreamImagesRequest;
import io.demitasse.cri.v1.StreamImagesResponse;
import io.demitasse.daemon.call.Calls;
import io.grpc.stub.StreamObserver;

/** ImageService on the wire: every call goes to the handler of its name. */
public final class ImageServiceEndpoint extends ImageServiceGrpc.ImageServiceImplBase {
    private final Handlers handlers;

    /** The calls about images. */
    public record Handlers(
            ListImages list,
            StreamImages stream,
            ImageStatus status,
            PullImage pull,
            RemoveImage remove,
            ImageFsInfo filesystemInfo) {}

    /** Delegates to these. */
    public ImageServiceEndpoint(Handlers handlers) {
        this.handlers = handlers;
    }

    @Override
    public void listImages(ListImagesRequest request, StreamObserver<ListImagesResponse> answer) {
        Calls.unary(request, answer, handlers.list());
    }

    @Override
    public void streamImages(
            StreamImagesRequest request, StreamObserver<StreamImagesResponse> answer) {
        Calls.stream(request, answer, handlers.stream());
    }

    @Override
    public void imageStatus(
            ImageStatusRequest request, StreamObserver<ImageStatusResponse> answer) {
        Calls.unary(request, answer, handlers.status());
    }

    @Override
    public void pullImage(PullImageRequest request, StreamObserver<PullImageResponse> answer) {
        Calls.unary(request, answer, handlers.pull());
    }

    @Override
    public void removeImage(
            RemoveImageRequest request, StreamObserver<RemoveImageResponse> answer) {
        Calls.unary(request, answer, handlers.remove());
    }

    @Override
    public void imageFsInfo(
            ImageFsInfoRequest request, StreamObserver<ImageFsInfoResponse> answer) {
        Calls.unary(request, answer, handlers.filesystemInfo());
    }
}
