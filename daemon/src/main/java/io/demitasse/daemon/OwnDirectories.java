package io.demitasse.daemon;

import io.demitasse.linux.process.Umask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * The daemon's directories, of which everybody but root is kept out.
 *
 * <p>The state directory may be passed through, and not be listed, because the CRI socket lies in
 * it. All else is for root alone: the umask says so to whatever is made from now on, and what the
 * kernel or a container's users must reach is given its permissions by whoever makes it.
 */
final class OwnDirectories {
    private static final int UMASK = 0077;
    private static final int PASSED_THROUGH = 0711;
    private static final int OF_ROOT = 0700;
    private static final int FILE_OF_ROOT = 0600;
    private static final int OTHERS = 0077;

    /** Below these levels lies what images, containers and their users decide. */
    private static final int LEVELS = 2;

    private OwnDirectories() {}

    /**
     * Makes root and state directory, and that of the socket, or closes those that a release before
     * this one left open.
     */
    static void prepare(ServicePaths paths, Path socket) throws IOException {
        Umask.set(UMASK);
        make(paths.root(), OF_ROOT);
        make(paths.state(), PASSED_THROUGH);
        Files.createDirectories(paths.runningContainers());
        var directory = socket.getParent();
        if (directory != null && !Files.isDirectory(directory)) {
            Files.createDirectories(directory);
            Files.setAttribute(directory, "unix:mode", PASSED_THROUGH);
        }
    }

    private static void make(Path directory, int mode) throws IOException {
        Files.createDirectories(directory);
        close(directory.toRealPath(), mode, LEVELS);
    }

    /** The directory itself comes last, so that an interrupted start is made good by the next. */
    private static void close(Path directory, int mode, int levels) throws IOException {
        int before = (int) Files.getAttribute(directory, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        if (((before ^ mode) & 0777) == 0) {
            return;
        }
        if (levels > 0 && (before & OTHERS & ~mode) != 0) {
            try (var entries = Files.newDirectoryStream(directory)) {
                for (var entry : entries) {
                    closeEntry(entry, levels - 1);
                }
            }
        }
        Files.setAttribute(directory, "unix:mode", mode);
    }

    private static void closeEntry(Path entry, int levels) throws IOException {
        if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
            close(entry, OF_ROOT, levels);
        } else if (!Files.isSymbolicLink(entry)) {
            Files.setAttribute(entry, "unix:mode", FILE_OF_ROOT);
        }
    }
}
