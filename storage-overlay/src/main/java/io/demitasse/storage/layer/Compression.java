package io.demitasse.storage.layer;

import io.demitasse.linux.compression.ZstdStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** How a layer's archive is compressed, told by its first bytes: media types are not reliable. */
enum Compression {
    NONE,
    GZIP,
    ZSTD;

    private static final int MAGIC_BYTES = 4;
    private static final int BUFFER_BYTES = 1 << 16;

    /** Wraps an archive so that it reads uncompressed; to be closed by the thread that reads. */
    static InputStream decompress(InputStream in) throws IOException {
        var buffered = new BufferedInputStream(in, BUFFER_BYTES);
        buffered.mark(MAGIC_BYTES);
        var magic = buffered.readNBytes(MAGIC_BYTES);
        buffered.reset();
        return switch (of(magic)) {
            case NONE -> buffered;
            case GZIP -> new GZIPInputStream(buffered, BUFFER_BYTES);
            case ZSTD -> ZstdStream.over(buffered);
        };
    }

    private static Compression of(byte[] magic) {
        if (starts(magic, 0x1f, 0x8b)) {
            return GZIP;
        }
        return starts(magic, 0x28, 0xb5, 0x2f, 0xfd) ? ZSTD : NONE;
    }

    private static boolean starts(byte[] bytes, int... expected) {
        if (bytes.length < expected.length) {
            return false;
        }
        for (int i = 0; i < expected.length; i++) {
            if ((bytes[i] & 0xff) != expected[i]) {
                return false;
            }
        }
        return true;
    }
}
