package io.demitasse.storage.layer;

import io.demitasse.linux.compression.GzipChannel;
import io.demitasse.linux.compression.ZstdChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** How a layer's archive is compressed, told by its first bytes: media types are not reliable. */
enum Compression {
    NONE,
    GZIP,
    ZSTD;

    private static final int MAGIC_BYTES = 4;

    /**
     * Wraps an archive so that it reads uncompressed, by the thread that calls this and closes it.
     */
    static ReadableByteChannel decompress(ReadableByteChannel in) throws IOException {
        var magic = ByteBuffer.allocate(MAGIC_BYTES);
        try {
            while (magic.hasRemaining() && in.read(magic) >= 0) {
                // a channel gives as much as it likes
            }
            var whole = new Peeked(magic.flip().duplicate(), in);
            return switch (of(magic)) {
                case NONE -> whole;
                case GZIP -> GzipChannel.over(whole);
                case ZSTD -> ZstdChannel.over(whole);
            };
        } catch (IOException | RuntimeException failure) {
            in.close();
            throw failure;
        }
    }

    /** A channel, with what was read of it put back. */
    private record Peeked(ByteBuffer first, ReadableByteChannel rest)
            implements ReadableByteChannel {
        @Override
        public int read(ByteBuffer buffer) throws IOException {
            if (!first.hasRemaining()) {
                return rest.read(buffer);
            }
            int count = 0;
            for (; first.hasRemaining() && buffer.hasRemaining(); count++) {
                buffer.put(first.get());
            }
            return count;
        }

        @Override
        public boolean isOpen() {
            return rest.isOpen();
        }

        @Override
        public void close() throws IOException {
            rest.close();
        }
    }

    private static Compression of(ByteBuffer magic) {
        if (starts(magic, 0x1f, 0x8b)) {
            return GZIP;
        }
        boolean frame = starts(magic, 0x28, 0xb5, 0x2f, 0xfd);
        return frame || isSkippable(magic) ? ZSTD : NONE;
    }

    /** A frame of zstd that says nothing, as pzstd has before each other, RFC 8878, 3.1.2. */
    private static boolean isSkippable(ByteBuffer magic) {
        return magic.remaining() == MAGIC_BYTES
                && (magic.get(0) & 0xf0) == 0x50
                && starts(magic, magic.get(0), 0x2a, 0x4d, 0x18);
    }

    private static boolean starts(ByteBuffer bytes, int... expected) {
        if (bytes.remaining() < expected.length) {
            return false;
        }
        for (int i = 0; i < expected.length; i++) {
            if ((bytes.get(i) & 0xff) != expected[i]) {
                return false;
            }
        }
        return true;
    }
}
