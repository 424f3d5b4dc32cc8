package io.demitasse.daemon.runtime;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Directories of the node that a request names and that others, too, are to reach. */
final class NodeDirectories {
    private static final int PERMISSIONS = 0755;

    private NodeDirectories() {}

    /** Makes a directory and the missing ones above it, with 0755 whatever our umask. */
    static void create(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        var parent = directory.getParent();
        if (parent != null) {
            create(parent);
        }
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException made) {
            if (!Files.isDirectory(directory)) {
                throw made;
            }
            return; // by somebody else, meanwhile
        }
        Files.setAttribute(directory, "unix:mode", PERMISSIONS);
    }
}
