package io.demitasse.daemon.runtime;

import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.linux.file.FileFd;
import io.demitasse.linux.file.OpenHow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens a container's log for appending, as the kubelet will read it. */
final class ContainerLog {
    private static final int PERMISSIONS = 0640;
    private static final Path NONE = Path.of("/dev/null");

    private ContainerLog() {}

    /** Opens the log, or /dev/null if the request wanted none; the caller closes it. */
    static FileFd open(Container container) throws IOException {
        var path = ContainerViews.logPath(container);
        if (path.isEmpty()) {
            return FileFd.open(NONE, OpenHow.WRITE);
        }
        var file = Path.of(path);
        var directory = file.getParent();
        if (directory != null && !Files.isDirectory(directory)) {
            Files.createDirectories(directory);
        }
        return FileFd.open(file, OpenHow.WRITE.create(PERMISSIONS).append());
    }
}
