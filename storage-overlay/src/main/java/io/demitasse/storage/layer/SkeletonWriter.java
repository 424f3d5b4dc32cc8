package io.demitasse.storage.layer;

import io.demitasse.linux.file.FileFd;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Writes down an archive's skeleton while it is read.
 *
 * <p>A CRC is all that is computed of contents: the digest of the whole archive, which the layer is
 * verified by in any case, vouches for them.
 */
final class SkeletonWriter implements ContentsListener, AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 14;

    private final DataOutputStream out;
    private final byte[] literal = new byte[Skeleton.MAX_LITERAL_BYTES];
    private final CRC32C checksum = new CRC32C();
    private int literalBytes;
    private LayerPath file = LayerPath.ROOT; // the root: none
    private long fileBytes;
    private long pieceOffset; // negative: the file is whole

    /** Takes ownership of the file to write to. */
    SkeletonWriter(FileFd skeleton) throws IOException {
        var compressed =
                new FastGzip(new BufferedOutputStream(skeleton.output(), 4 * BUFFER_BYTES));
        this.out = new DataOutputStream(new BufferedOutputStream(compressed, BUFFER_BYTES));
    }

    /** Headers are mostly zeros: trying harder gains little and takes thrice as long. */
    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(OutputStream out) throws IOException {
            super(out, BUFFER_BYTES);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }

    @Override
    public void begin(LayerPath path) throws IOException {
        beginPiece(path, -1);
    }

    @Override
    public void beginPiece(LayerPath path, long offset) throws IOException {
        flushLiteral();
        file = path;
        pieceOffset = offset;
        fileBytes = 0;
        checksum.reset();
    }

    @Override
    public void end() throws IOException {
        var path = file.openable();
        if (pieceOffset < 0) {
            out.writeByte(Skeleton.FILE);
        } else {
            out.writeByte(Skeleton.PIECE);
            out.writeLong(pieceOffset);
        }
        out.writeInt(path.length);
        out.write(path);
        out.writeLong(fileBytes);
        out.writeInt((int) checksum.getValue());
        file = LayerPath.ROOT;
    }

    @Override
    public void read(ByteBuffer bytes) throws IOException {
        if (!file.isRoot()) {
            fileBytes += bytes.remaining();
            checksum.update(bytes);
            return;
        }
        while (bytes.hasRemaining()) {
            int count = Math.min(bytes.remaining(), literal.length - literalBytes);
            bytes.get(literal, literalBytes, count);
            literalBytes += count;
            if (literalBytes == literal.length) {
                flushLiteral();
            }
        }
    }

    private void flushLiteral() throws IOException {
        if (literalBytes > 0) {
            out.writeByte(Skeleton.LITERAL);
            out.writeInt(literalBytes);
            out.write(literal, 0, literalBytes);
            literalBytes = 0;
        }
    }

    /** Ends the skeleton, after the archive was read to its end. */
    void finish() throws IOException {
        flushLiteral();
        out.writeByte(Skeleton.END);
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
