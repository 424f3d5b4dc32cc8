package io.demitasse.storage.registry;

/** Whether enough comes, looked at in windows of time: a byte a second is not silence. */
final class Progress {
    private final HttpTimeouts timeouts;
    private long windowStart;
    private long windowBytes;

    Progress(HttpTimeouts timeouts, long nanos) {
        this.timeouts = timeouts;
        this.windowStart = nanos;
    }

    boolean isEnough(int bytes, long nanos) {
        windowBytes += bytes;
        if (nanos - windowStart < timeouts.window().toNanos()) {
            return true;
        }
        boolean enough = windowBytes >= timeouts.windowBytes();
        windowStart = nanos;
        windowBytes = enough ? 0 : windowBytes;
        return enough;
    }

    @Override
    public String toString() {
        return windowBytes + " bytes in " + timeouts.window().toSeconds() + " s";
    }
}
