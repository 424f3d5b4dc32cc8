package io.demitasse.linux.mount;

import io.demitasse.linux.SyscallException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An overlay filesystem to be mounted: layers, topmost first, and an optional writable one above.
 *
 * {@snippet :
 * var rootfs = OverlayMount.over(layers).writable(upper, work).with(NODEV, NOSUID);
 * try (var mount = rootfs.create()) {
 *     mount.attach(bundle.resolve("rootfs"));
 * }
 * }
 */
public record OverlayMount(
        List<Path> layers, @Nullable Upper upper, Set<MountAttribute> attributes) {
    /**
     * The writable layer. {@code work} must be empty and on the filesystem of {@code directory}.
     */
    public record Upper(Path directory, Path work) {}

    /** Checks and copies. */
    public OverlayMount {
        layers = List.copyOf(layers);
        attributes = Set.copyOf(attributes);
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("an overlay needs at least one layer");
        }
    }

    /** An overlay without a writable layer. The kernel wants at least two layers then. */
    public static OverlayMount over(List<Path> layers) {
        return new OverlayMount(layers, null, Set.of());
    }

    /** Adds the writable layer. */
    public OverlayMount writable(Path directory, Path work) {
        return new OverlayMount(layers, new Upper(directory, work), attributes);
    }

    /** Sets the attributes of the mount. */
    public OverlayMount with(MountAttribute... chosen) {
        return new OverlayMount(layers, upper, Set.of(chosen));
    }

    /** Creates the mount without attaching it anywhere. */
    public DetachedMount create() throws SyscallException {
        try (var context = new FilesystemContext("overlay")) {
            for (var layer : layers) {
                // One call per layer: a joined lowerdir string is refused beyond 255 bytes.
                context.set("lowerdir+", layer.toString());
            }
            if (upper != null) {
                context.set("upperdir", upper.directory().toString());
                context.set("workdir", upper.work().toString());
            }
            return context.mount(attributes);
        }
    }
}
