package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;

/** Writes a tar of plain files and directories with short names, owned by root, without times. */
public final class TarWriter {
    private static final int BLOCK_BYTES = 512;
    private static final int BUFFER_BYTES = 1 << 16;
    private static final long MAX_OCTAL = 077777777777L;
    private static final int SIZE = 124;
    private static final int CHECKSUM = 148;

    private final OutputStream out;

    /** Borrows. */
    public TarWriter(OutputStream out) {
        this.out = out;
    }

    /** Adds a directory. */
    public void directory(String name) throws IOException {
        header(name + "/", TarEntry.DIRECTORY, 0755, 0);
    }

    /** Adds a small file. */
    public void file(String name, byte[] content) throws IOException {
        file(name, content.length, new ByteArrayInputStream(content));
    }

    /** Adds a file of a length that is known. */
    public void file(String name, long sizeBytes, InputStream content) throws IOException {
        header(name, TarEntry.REGULAR, 0644, sizeBytes);
        var buffer = new byte[BUFFER_BYTES];
        long left = sizeBytes;
        for (int count; (count = content.read(buffer, 0, buffer.length)) >= 0; ) {
            out.write(buffer, 0, count);
            left -= count;
        }
        if (left != 0) {
            throw new IOException(name + " is not " + sizeBytes + " bytes long");
        }
        out.write(new byte[(int) (-sizeBytes & (BLOCK_BYTES - 1))]);
    }

    private void header(String name, char type, int mode, long size) throws IOException {
        var block = new byte[BLOCK_BYTES];
        put(block, 0, name);
        put(block, 100, "%07o".formatted(mode));
        put(block, 108, "0000000");
        put(block, 116, "0000000");
        if (size <= MAX_OCTAL) {
            put(block, SIZE, "%011o".formatted(size));
        } else {
            // how GNU tar writes what octal digits have no room for
            block[SIZE] = (byte) 0x80;
            for (int i = 0; i < Long.BYTES; i++) {
                block[SIZE + 11 - i] = (byte) (size >>> (8 * i));
            }
        }
        put(block, 136, "00000000000");
        Arrays.fill(block, CHECKSUM, CHECKSUM + 8, (byte) ' ');
        block[156] = (byte) type;
        put(block, 257, "ustar");
        put(block, 263, "00");
        int sum = 0;
        for (byte each : block) {
            sum += each & 0xff;
        }
        put(block, CHECKSUM, "%06o\0 ".formatted(sum));
        out.write(block);
    }

    private static void put(byte[] block, int offset, String text) {
        var bytes = text.getBytes(US_ASCII);
        System.arraycopy(bytes, 0, block, offset, bytes.length);
    }

    /** Writes the end. */
    public void finish() throws IOException {
        out.write(new byte[2 * BLOCK_BYTES]);
        out.flush();
    }
}
