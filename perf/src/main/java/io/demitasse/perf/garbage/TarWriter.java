package io.demitasse.perf.garbage;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** Writes a tar archive of regular files. */
final class TarWriter {
    private static final int BLOCK_BYTES = 512;
    private static final int MODE = 100;
    private static final int SIZE = 124;
    private static final int MTIME = 136;
    private static final int CHKSUM = 148;
    private static final int CHKSUM_BYTES = 8;
    private static final int TYPEFLAG = 156;
    private static final int MAGIC = 257;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    void file(String name, byte[] contents) {
        var header = new byte[BLOCK_BYTES];
        put(header, 0, name);
        put(header, MODE, "0000644\0000000000\0000000000\0");
        put(header, SIZE, "%011o\0".formatted(contents.length));
        put(header, MTIME, "%011o\0".formatted(1_700_000_000));
        put(header, MAGIC, "ustar\00000");
        header[TYPEFLAG] = '0';
        Arrays.fill(header, CHKSUM, CHKSUM + CHKSUM_BYTES, (byte) ' ');
        int sum = 0;
        for (byte each : header) {
            sum += each & 0xff;
        }
        put(header, CHKSUM, "%06o\0 ".formatted(sum));
        out.writeBytes(header);
        out.writeBytes(contents);
        out.writeBytes(new byte[-contents.length & (BLOCK_BYTES - 1)]);
    }

    private static void put(byte[] header, int offset, String text) {
        var bytes = text.getBytes(US_ASCII);
        System.arraycopy(bytes, 0, header, offset, bytes.length);
    }

    byte[] finish() {
        out.writeBytes(new byte[2 * BLOCK_BYTES]);
        return out.toByteArray();
    }
}
