package io.demitasse.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The descriptors of this process, to see that none was forgotten. */
public final class OpenFiles {
    private OpenFiles() {}

    /** {@return what is open below a directory, removed files among it} */
    public static List<Path> below(Path directory) throws IOException {
        var open = new ArrayList<Path>();
        try (var descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (var descriptor : descriptors) {
                try {
                    var target = Files.readSymbolicLink(descriptor);
                    if (target.startsWith(directory)) {
                        open.add(target);
                    }
                } catch (NoSuchFileException _) {
                    // another thread's, meanwhile
                }
            }
        }
        return open;
    }
}
