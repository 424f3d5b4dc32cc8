package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileStatus;
import io.demitasse.linux.file.FileType;
import io.demitasse.linux.file.OpenHow;
import java.io.IOException;
import java.util.Optional;

/**
 * What a layer says is gone, from OCI's words into those of overlayfs.
 *
 * <p>{@code .wh.NAME} becomes a character device 0/0 called {@code NAME}; {@code .wh..wh..opq}
 * becomes an attribute of its directory. Either speaks of the layers below only: if this layer has
 * the name too, a file hides the lower one by itself, and a directory is made opaque.
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
    private boolean opaqueRoot;

    Whiteouts(LayerDirectories directories) {
        this.directories = directories;
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
        var hidden = path.name().substring(PREFIX.length());
        if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
            throw new LayerException("whiteout " + path + " names no file");
        }
        hide(directories.parentOf(path), new LayerPath(hidden).nameBytes());
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
