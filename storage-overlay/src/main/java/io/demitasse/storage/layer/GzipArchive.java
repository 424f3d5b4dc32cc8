package io.demitasse.storage.layer;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterInputStream;

/**
 * Compresses what is read through it with gzip, the same bytes to the same bytes: no name, no time.
 */
public final class GzipArchive extends InputStream {
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};
    private static final int BUFFER_BYTES = 1 << 16;

    private final CRC32 checksum = new CRC32();
    private final Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    private final DeflaterInputStream compressed;
    private InputStream current = new ByteArrayInputStream(HEADER);
    private int part;

    /** Takes ownership. */
    public GzipArchive(InputStream archive) {
        this.compressed =
                new DeflaterInputStream(
                        new CheckedInputStream(archive, checksum), deflater, BUFFER_BYTES);
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        while (true) {
            int count = current.read(buffer, offset, length);
            if (count >= 0 || part == 2) {
                return count;
            }
            part++;
            current = part == 1 ? compressed : new ByteArrayInputStream(trailer());
        }
    }

    private byte[] trailer() {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt((int) checksum.getValue())
                .putInt((int) deflater.getBytesRead())
                .array();
    }

    @Override
    public void close() throws IOException {
        compressed.close();
        deflater.end();
    }
}
