package io.demitasse.linux.mount;

import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import io.demitasse.linux.file.DirectoryFd;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Makes detached overlay mounts in the best way that this kernel has; which one is found out once.
 *
 * <pre>
 *   lowerdir+ one by one            Linux 6.7
 *   lowerdir=/proc/self/fd/N:…      older, while it fits into the 255 bytes of an option
 *   mount(2), clone, umount2(2)     older, with more layers: up to a page of options
 * </pre>
 *
 * <p><b>Threads.</b> Shared.
 *
 * @see <a
 *     href="https://docs.kernel.org/filesystems/overlayfs.html#multiple-lower-layers">overlayfs,
 *     multiple lower layers</a>
 */
public final class OverlayMounter {
    private static final String TYPE = "overlay";
    private static final int MAX_OPTION_BYTES = 255;
    private static final int PAGE_BYTES = 4096;

    private final PrivateMounts corner;
    private final boolean appends;

    OverlayMounter(Path directory, boolean appends) throws SyscallException {
        this.corner = PrivateMounts.open(directory);
        this.appends = appends;
    }

    /**
     * Asks the kernel what it can do.
     *
     * @param directory empty, and used for mounts that this kernel cannot make without a place
     */
    public static OverlayMounter open(Path directory) throws SyscallException {
        return new OverlayMounter(directory, appendsLayers());
    }

    /**
     * A kernel whose overlayfs does not know the new mount API takes any option, and looks at none
     * before the mount is made.
     */
    private static boolean appendsLayers() throws SyscallException {
        return accepts("lowerdir+") && !accepts("demitasse");
    }

    private static boolean accepts(String option) throws SyscallException {
        try (var context = new FilesystemContext(TYPE)) {
            context.set(option, "/");
            return true;
        } catch (SyscallException refused) {
            if (refused.is(Errno.EINVAL)) {
                return false;
            }
            throw refused;
        }
    }

    /** {@return whether every mount is made without touching the mount table} */
    public boolean isAlwaysDetached() {
        return appends;
    }

    /** Creates the mount without attaching it anywhere. */
    public DetachedMount create(OverlayMount overlay) throws SyscallException {
        return appends ? overlay.create() : createOlder(overlay);
    }

    private DetachedMount createOlder(OverlayMount overlay) throws SyscallException {
        var opened = new ArrayList<DirectoryFd>();
        try {
            for (var layer : overlay.layers()) {
                opened.add(DirectoryFd.open(layer));
            }
            var lower = opened.stream().map(OverlayMounter::name).collect(Collectors.joining(":"));
            var options = new ArrayList<>(List.of(new Option("lowerdir", lower)));
            var upper = overlay.upper();
            if (upper != null) {
                opened.add(DirectoryFd.open(upper.directory()));
                options.add(new Option("upperdir", name(opened.getLast())));
                opened.add(DirectoryFd.open(upper.work()));
                options.add(new Option("workdir", name(opened.getLast())));
            }
            return lower.length() <= MAX_OPTION_BYTES
                    ? configure(options, overlay)
                    : mount(options, overlay);
        } finally {
            opened.forEach(DirectoryFd::close);
        }
    }

    private record Option(String key, String value) {
        @Override
        public String toString() {
            return key + "=" + value;
        }
    }

    /** Short, and free of the colons and commas that a path may have. */
    private static String name(DirectoryFd directory) {
        return "/proc/self/fd/" + directory.fd().number();
    }

    private static DetachedMount configure(List<Option> options, OverlayMount overlay)
            throws SyscallException {
        try (var context = new FilesystemContext(TYPE)) {
            for (var option : options) {
                context.set(option.key, option.value);
            }
            return context.mount(overlay.attributes());
        }
    }

    private DetachedMount mount(List<Option> options, OverlayMount overlay)
            throws SyscallException {
        var data = options.stream().map(Option::toString).collect(Collectors.joining(","));
        if (data.length() >= PAGE_BYTES) {
            throw new SyscallException(
                    "mount(\"overlay\", ..., %d layers)".formatted(overlay.layers().size()),
                    new Errno(Errno.E2BIG));
        }
        return corner.through(place -> {
            mount(place, data);
            var clone = DetachedMount.cloneTree(place, false);
            return overlay.attributes().isEmpty() ? clone : clone.with(overlay.attributes(), false);
        });
    }

    private static void mount(Path place, String data) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var type = arena.allocateFrom(TYPE);
            SyscallException.check(
                    MountSyscalls.mount(
                            CallState.in(arena),
                            type,
                            arena.allocateFrom(place.toString()),
                            type,
                            0,
                            arena.allocateFrom(data)),
                    "mount(\"overlay\", \"%s\", \"overlay\", 0, \"%s\")",
                    place,
                    data);
        }
    }

    /**
     * Makes a mount out of a part of one that is attached nowhere, and to which it goes on to
     * belong.
     *
     * @param part a directory or file of the mount, opened through the mount's descriptor
     */
    public DetachedMount cloneOf(DetachedMount mount, Fd part) throws SyscallException {
        try {
            return DetachedMount.cloneTree(part, false);
        } catch (SyscallException refused) {
            if (!refused.is(Errno.EINVAL)) { // EINVAL: before Linux 6.15 it must be in the table
                throw refused;
            }
        }
        return corner.through(place -> {
            mount.attach(place);
            return DetachedMount.cloneTree(part, false);
        });
    }
}
