package io.demitasse.storage.layer;

/** How much an archive may make us remember: all layers of a pull are unpacked at once. */
final class PathBudget {
    private static final long MAX_BYTES = 8 << 20;
    private static final int BYTES_OF_ENTRY = 120; // of a set or map, with its path

    private final String what;
    private long bytes;

    /** What the paths are, for the message. */
    PathBudget(String what) {
        this.what = what;
    }

    /** Counts one more. */
    void add(LayerPath path) throws LayerException {
        bytes += BYTES_OF_ENTRY + path.bytes().length();
        if (bytes > MAX_BYTES) {
            throw new LayerException("too many " + what + ", the last one of them " + path);
        }
    }

    /** Counts one less. */
    void remove(LayerPath path) {
        bytes -= BYTES_OF_ENTRY + path.bytes().length();
    }
}
