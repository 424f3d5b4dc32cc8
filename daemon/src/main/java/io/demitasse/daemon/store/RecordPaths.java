package io.demitasse.daemon.store;

import java.nio.file.Path;

/**
 * The layout of one record directory.
 *
 * <pre>
 * ROOT/sandboxes/ or ROOT/containers/
 * ├── quarantine/ID/      records that could not be read, as they were found
 * └── ID/                 an intent, until it has a record
 *     ├── record          checksum and protobuf message: the promise
 *     ├── stopped         (sandboxes) StopPodSandbox has begun
 *     └── end             (containers) checksum and message: how it ended
 * </pre>
 */
record RecordPaths(Path directory) {
    static final String QUARANTINE = "quarantine";

    Path of(String id) {
        return directory.resolve(id);
    }

    Path file(String id, String name) {
        return of(id).resolve(name);
    }

    Path temporary(String id, String name) {
        return of(id).resolve(name + ".new");
    }

    Path quarantine() {
        return directory.resolve(QUARANTINE);
    }

    Path quarantined(String id) {
        return quarantine().resolve(id);
    }
}
