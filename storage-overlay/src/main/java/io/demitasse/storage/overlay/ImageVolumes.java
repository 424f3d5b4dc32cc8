package io.demitasse.storage.overlay;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileStatus;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.linux.mount.DetachedMount;
import io.demitasse.linux.mount.MountAttribute;
import io.demitasse.linux.mount.OverlayMount;
import io.demitasse.linux.mount.OverlayMounter;
import io.demitasse.storage.image.Image;
import io.demitasse.storage.image.ImageStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Images as read-only mounts.
 *
 * <p>Each is an overlay without an upper layer, also where a bind mount of a single layer would do:
 * what is read-only by itself cannot be remounted writable by a privileged container, which would
 * change the layer for all. Files are shared through the page cache all the same, because overlayfs
 * reads those of its layers.
 */
final class ImageVolumes {
    private static final OpenHow INSIDE = OpenHow.PATH;

    private final ImageStore images;
    private final OverlayMounter mounter;
    private final Path empty;

    /** The empty directory is the second layer that the kernel insists on. */
    ImageVolumes(ImageStore images, OverlayMounter mounter, Path empty) {
        this.images = images;
        this.mounter = mounter;
        this.empty = empty;
    }

    /** Of layers that are where {@code place} says. */
    ImageVolume mount(Image image, String subPath, UnaryOperator<Path> place)
            throws SyscallException {
        var whole = overlay(images.layers(image).stream().map(place).toList());
        if (subPath.isEmpty()) {
            return new ImageVolume(whole, false);
        }
        try (whole;
                var root = DirectoryFd.open(whole.fd(), ".", OpenHow.READ);
                var part = root.open(subPath, INSIDE)) {
            return switch (FileStatus.of(part).type()) {
                case DIRECTORY -> new ImageVolume(mounter.cloneOf(whole, part), false);
                case REGULAR -> new ImageVolume(mounter.cloneOf(whole, part), true);
                default ->
                        throw new SyscallException(
                                "mount of " + subPath + ", neither directory nor regular file",
                                new Errno(Errno.EINVAL));
            };
        }
    }

    private DetachedMount overlay(List<Path> of) throws SyscallException {
        var layers = new ArrayList<>(of);
        if (layers.size() == 1) {
            layers.add(empty);
        }
        return mounter.create(OverlayMount.over(layers).with(MountAttribute.RDONLY));
    }
}
