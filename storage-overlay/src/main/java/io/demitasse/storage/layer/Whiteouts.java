package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileStatus;
import io.demitasse.linux.file.FileType;
import io.demitasse.linux.file.OpenHow;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a layer says is gone, from OCI's words into those of overlayfs.
 *
 * <p>{@code .wh.NAME} becomes a character device 0/0 called {@code NAME}; {@code .wh..wh..opq}
 * becomes an attribute of its directory. Either speaks of the layers below only: if this layer has
 * the name too, a file hides the lower one by itself, and a directory is made opaque.
 *
 * <p>overlayfs lists a directory that only one layer shows as it is, devices 0/0 among the rest, so
 * those that hide nothing are taken away as soon as the layers below are known.
 *
 * @see <a href="https://docs.kernel.org/filesystems/overlayfs.html">overlayfs, whiteouts and opaque
 *     directories</a>
 */
final class Whiteouts {
    static final String PREFIX = ".wh.";
    private static final String OPAQUE = ".wh..wh..opq";
    private static final String AUFS_PREFIX = ".wh..wh.";
    private static final String OPAQUE_ATTRIBUTE = "trusted.overlay.opaque";
    private static final byte[] YES = {'y'};

    private final LayerDirectories directories;
    private final Optional<PathFile> hidden;
    private boolean opaqueRoot;

    /** Notes what is hidden by name, if there is where. */
    Whiteouts(LayerDirectories directories, Optional<PathFile> hidden) {
        this.directories = directories;
        this.hidden = hidden;
    }

    void apply(LayerPath path) throws IOException {
        if (path.name().equals(OPAQUE)) {
            if (path.parent().isRoot()) {
                opaqueRoot = true;
            } else {
                makeOpaque(directories.parentOf(path));
            }
        } else if (!path.name().startsWith(AUFS_PREFIX)) {
            hide(path);
        }
    }

    /**
     * {@return whether all lower layers are to vanish} overlayfs merges the roots of all layers,
     * whatever their attributes say, so each name in them will be hidden by itself.
     */
    boolean opaqueRoot() {
        return opaqueRoot;
    }

    /**
     * Takes away whiteouts of what the layers below do not show; {@return how many}
     *
     * @param hidden where whiteouts were made; something else may have taken their place since
     */
    static long removeNeedless(PathFile hidden, DirectoryFd root, LayerStack lower)
            throws IOException {
        var removed = new AtomicLong();
        hidden.forEach((path, _) -> {
            if (isNeeded(path, root, lower)) {
                return;
            }
            try (var parent =
                    root.openDirectory(path.parent().openable(), LayerDirectories.NO_SYMLINKS)) {
                if (isWhiteout(parent, path.nameBytes())) {
                    var before = parent.status().modified();
                    parent.unlink(path.nameBytes());
                    parent.setTimes(before);
                    removed.incrementAndGet();
                }
            } catch (SyscallException refused) {
                if (!LayerDirectories.isMissing(refused)) { // replaced, that is
                    throw refused;
                }
            }
        });
        return removed.get();
    }

    /** {@return whether the layers below show something that a whiteout of this name hides} */
    static boolean isNeeded(LayerPath path, DirectoryFd root, LayerStack lower)
            throws SyscallException {
        return lower.has(path) && !isBelowOpaque(path, root);
    }

    /** {@return whether a directory above a path hides all that the layers below have in it} */
    static boolean isBelowOpaque(LayerPath path, DirectoryFd root) throws SyscallException {
        for (var above = path.parent(); !above.isRoot(); above = above.parent()) {
            try (var directory =
                    root.openDirectory(above.openable(), LayerDirectories.NO_SYMLINKS)) {
                if (isOpaque(directory)) {
                    return true;
                }
            } catch (SyscallException refused) {
                if (!LayerDirectories.isMissing(refused)) {
                    throw refused;
                }
            }
        }
        return false;
    }

    /** Hides what lower layers have in their root. */
    static void hideAll(LayerStack lower, DirectoryFd root) throws SyscallException {
        var before = root.status().modified();
        for (var name : lower.rootNames()) {
            hide(root, name);
        }
        root.setTimes(before);
    }

    /** {@return whether a whiteout is about all that is below its directory} */
    static boolean isOpaque(LayerPath whiteout) {
        return whiteout.name().equals(OPAQUE);
    }

    /** {@return what a whiteout hides by name, if it does} */
    static Optional<LayerPath> hidden(LayerPath whiteout) {
        var name = whiteout.name();
        return name.startsWith(AUFS_PREFIX)
                ? Optional.empty()
                : Optional.of(
                        whiteout.parent()
                                .child(name.substring(PREFIX.length()).getBytes(ISO_8859_1)));
    }

    private void hide(LayerPath path) throws IOException {
        var name = path.name().substring(PREFIX.length());
        if (name.isEmpty() || name.equals(".") || name.equals("..")) {
            throw new LayerException("whiteout " + path + " names no file");
        }
        var parent = directories.parentOf(path);
        hide(parent, name.getBytes(ISO_8859_1));
        if (hidden.isPresent()) {
            hidden.get().add(path.parent().child(name.getBytes(ISO_8859_1)), Instant.EPOCH);
        }
    }

    private static void hide(DirectoryFd parent, byte[] name) throws SyscallException {
        var present = status(parent, name);
        if (present.isEmpty()) {
            parent.makeNode(name, FileType.CHARACTER_DEVICE, 0, FileStatus.Device.NONE);
        } else if (present.get().type() == FileType.DIRECTORY) {
            try (var directory = parent.openDirectory(name, OpenHow.READ.noSymlinks())) {
                makeOpaque(directory);
            }
        }
    }

    static Optional<FileStatus> status(DirectoryFd parent, byte[] name) throws SyscallException {
        try {
            return Optional.of(parent.status(name));
        } catch (SyscallException refused) {
            if (refused.is(Errno.ENOENT)) {
                return Optional.empty();
            }
            throw refused;
        }
    }

    static boolean isWhiteout(DirectoryFd parent, byte[] name) throws SyscallException {
        return status(parent, name).filter(FileStatus::isWhiteout).isPresent();
    }

    static void makeOpaque(DirectoryFd directory) throws SyscallException {
        directory.attributes().set(OPAQUE_ATTRIBUTE, YES);
    }

    static boolean isOpaque(DirectoryFd directory) throws SyscallException {
        return directory.attributes().get(OPAQUE_ATTRIBUTE).isPresent();
    }
}
