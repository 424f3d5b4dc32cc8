package io.demitasse.storage.layer;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.FileFd;
import java.nio.ByteBuffer;

/** What no archive has contents for, and so no digest vouches for. */
final class Holes {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final ByteBuffer ZEROS = ByteBuffer.allocate(BUFFER_BYTES).asReadOnlyBuffer();

    private Holes() {}

    /** {@return whether a file has zeros wherever its archive has no piece} */
    static boolean areZero(FileFd file, SparseMap map) throws SyscallException {
        long hole = 0;
        for (int i = 0; i < map.count(); i++) {
            if (!areZero(file, hole, map.offset(i))) {
                return false;
            }
            hole = map.offset(i) + map.length(i);
        }
        return areZero(file, hole, Long.MAX_VALUE);
    }

    private static boolean areZero(FileFd file, long from, long to) throws SyscallException {
        if (from == to) {
            return true;
        }
        var buffer = ByteBuffer.allocate(BUFFER_BYTES);
        for (var data = file.data(from); data.isPresent(); data = file.data(data.get().end())) {
            long end = Math.min(to, data.get().end());
            for (long at = data.get().offset(); at < end; ) {
                buffer.clear().limit((int) Math.min(BUFFER_BYTES, end - at));
                int count = file.read(buffer, at);
                if (count < 0) {
                    break;
                }
                if (!buffer.flip().equals(ZEROS.slice(0, count))) {
                    return false;
                }
                at += count;
            }
            if (end == to) {
                break;
            }
        }
        return true;
    }
}
