package io.demitasse.daemon.image;

import io.demitasse.cri.v1.FilesystemIdentifier;
import io.demitasse.cri.v1.FilesystemUsage;
import io.demitasse.cri.v1.ImageFsInfoRequest;
import io.demitasse.cri.v1.ImageFsInfoResponse;
import io.demitasse.cri.v1.UInt64Value;
import io.demitasse.daemon.call.Handler;
import io.demitasse.storage.image.ImageStore;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/** Tells how much images use. The figures are kept, not counted. */
public final class ImageFsInfo implements Handler<ImageFsInfoRequest, ImageFsInfoResponse> {
    private final ImageStore images;
    private final Path mountpoint;
    private final InstantSource clock;

    /** Reports these images, which live below {@code mountpoint}. */
    public ImageFsInfo(ImageStore images, Path mountpoint, InstantSource clock) {
        this.images = images;
        this.mountpoint = mountpoint;
        this.clock = clock;
    }

    @Override
    public ImageFsInfoResponse handle(ImageFsInfoRequest request) {
        var usage = images.usage();
        var filesystem =
                FilesystemUsage.newBuilder()
                        .setTimestamp(TimeUnit.MILLISECONDS.toNanos(clock.millis()))
                        .setFsId(
                                FilesystemIdentifier.newBuilder()
                                        .setMountpoint(mountpoint.toString()))
                        .setUsedBytes(UInt64Value.newBuilder().setValue(usage.bytes()))
                        .setInodesUsed(UInt64Value.newBuilder().setValue(usage.inodes()));
        return ImageFsInfoResponse.newBuilder()
                .addImageFilesystems(filesystem)
                .addContainerFilesystems(filesystem)
                .build();
    }
}
