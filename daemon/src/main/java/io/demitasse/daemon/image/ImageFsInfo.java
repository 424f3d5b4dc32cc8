package io.demitasse.daemon.image;

import io.demitasse.cri.v1.FilesystemIdentifier;
import io.demitasse.cri.v1.FilesystemUsage;
import io.demitasse.cri.v1.ImageFsInfoRequest;
import io.demitasse.cri.v1.ImageFsInfoResponse;
import io.demitasse.cri.v1.UInt64Value;
import io.demitasse.daemon.call.Handler;
import io.demitasse.storage.image.ImageStore;
import io.demitasse.storage.overlay.Measured;
import io.demitasse.storage.overlay.Snapshots;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/**
 * Tells how much images use, and what containers wrote. The figures are kept, not counted, and say
 * when they were true.
 */
public final class ImageFsInfo implements Handler<ImageFsInfoRequest, ImageFsInfoResponse> {
    /** What is new, or everything after a restart, is counted for the first time. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final ImageStore images;
    private final Snapshots snapshots;
    private final Path mountpoint;
    private final InstantSource clock;

    /** Reports these images and containers, which live below {@code mountpoint}. */
    public ImageFsInfo(
            ImageStore images, Snapshots snapshots, Path mountpoint, InstantSource clock) {
        this.images = images;
        this.snapshots = snapshots;
        this.mountpoint = mountpoint;
        this.clock = clock;
    }

    @Override
    public ImageFsInfoResponse handle(ImageFsInfoRequest request) throws InterruptedException {
        snapshots.measureAll(PATIENCE);
        return ImageFsInfoResponse.newBuilder()
                .addImageFilesystems(filesystem(new Measured(images.usage(), clock.instant())))
                .addContainerFilesystems(filesystem(snapshots.usage()))
                .build();
    }

    private FilesystemUsage filesystem(Measured measured) {
        return FilesystemUsage.newBuilder()
                .setTimestamp(TimeUnit.MILLISECONDS.toNanos(measured.at().toEpochMilli()))
                .setFsId(FilesystemIdentifier.newBuilder().setMountpoint(mountpoint.toString()))
                .setUsedBytes(UInt64Value.newBuilder().setValue(measured.usage().bytes()))
                .setInodesUsed(UInt64Value.newBuilder().setValue(measured.usage().inodes()))
                .build();
    }
}
