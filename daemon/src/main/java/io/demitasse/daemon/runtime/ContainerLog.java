package io.demitasse.daemon.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileFd;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.linux.file.RegularFile;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Opens a container's log for appending, as the kubelet will read it.
 *
 * <p>The log directory is the kubelet's word. What is in it may be somebody else's work, for
 * instance of a container that collects logs: beneath it no symbolic link is followed, and nothing
 * but a regular file is written to. A hard link is taken, because whoever may make one to a file
 * may write to that file (protected_hardlinks in proc_sys_fs(5)).
 */
final class ContainerLog {
    private static final int PERMISSIONS = 0640;
    private static final int DIRECTORY_PERMISSIONS = 0755;
    private static final Path NONE = Path.of("/dev/null");
    private static final OpenHow DIRECTORY = OpenHow.PATH.directory().noSymlinks();
    private static final OpenHow APPEND = OpenHow.WRITE.append().noSymlinks();
    private static final OpenHow CREATE = APPEND.create(PERMISSIONS).exclusive();

    private ContainerLog() {}

    /** Opens the log, or /dev/null if the request wanted none; the caller closes it. */
    static FileFd open(Container container) throws IOException {
        var path = ContainerViews.logPath(container);
        if (path.isEmpty()) {
            return FileFd.open(NONE, OpenHow.WRITE);
        }
        var directory = Path.of(container.pod().record().getConfig().getLogDirectory());
        var file = Path.of(container.record().getConfig().getLogPath()).normalize();
        try {
            NodeDirectories.create(directory);
            try (var logs = DirectoryFd.open(directory)) {
                makeDirectories(logs, file);
                return open(logs, file.toString());
            }
        } catch (IOException refused) {
            throw new IOException(
                    "cannot open the log %s, which must be a regular file that no symbolic link below %s leads to"
                            .formatted(path, directory),
                    refused);
        }
    }

    private static void makeDirectories(DirectoryFd logs, Path file) throws SyscallException {
        for (int names = 1; names < file.getNameCount(); names++) {
            var directory = file.subpath(0, names);
            if (!isThere(logs, directory)) {
                makeDirectory(logs, directory);
            }
        }
    }

    private static boolean isThere(DirectoryFd logs, Path directory) throws SyscallException {
        try (var _ = logs.open(directory.toString(), DIRECTORY)) {
            return true;
        } catch (SyscallException refused) {
            if (refused.is(Errno.ENOENT)) {
                return false;
            }
            throw refused;
        }
    }

    private static void makeDirectory(DirectoryFd logs, Path directory) throws SyscallException {
        var parent = directory.getParent();
        var name = directory.getFileName().toString();
        try (var above =
                logs.openDirectory(
                        (parent == null ? "." : parent.toString()).getBytes(UTF_8),
                        OpenHow.READ.noSymlinks())) {
            above.makeDirectory(name, DIRECTORY_PERMISSIONS);
            above.chmodNode(name.getBytes(UTF_8), DIRECTORY_PERMISSIONS); // whatever our umask
        } catch (SyscallException refused) {
            if (!refused.is(Errno.EEXIST)) { // two containers of a pod start at once
                throw refused;
            }
        }
    }

    private static FileFd open(DirectoryFd logs, String path) throws SyscallException {
        FileFd created;
        try {
            created = logs.openFile(path, CREATE);
        } catch (SyscallException refused) {
            if (refused.is(Errno.EEXIST)) {
                return RegularFile.open(logs, path, APPEND);
            }
            throw refused;
        }
        try {
            created.chmod(PERMISSIONS); // whatever our umask
            return created;
        } catch (SyscallException refused) {
            created.close();
            throw refused;
        }
    }
}
