package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileFd;
import io.demitasse.linux.file.FileType;
import io.demitasse.linux.file.OpenHow;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A layer's archive, uncompressed, put together again from its skeleton and its files.
 *
 * <p>It is bit for bit what was unpacked, or {@link Differences} hears of what is not. In place of
 * what is missing come zeros, so that it can be read to its end.
 */
final class RebuiltArchive extends InputStream {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final OpenHow CONTENTS =
            OpenHow.READ.noFollow().noSymlinks().sameMount().nonBlocking();

    private static final long WHOLE = -1; // instead of the offset of a piece

    private final DataInputStream skeleton;
    private final DirectoryFd diff;
    private final Differences differences;
    private final CRC32C checksum = new CRC32C();
    private long left; // of the current record
    private @Nullable LayerPath path; // of the file that the record is about
    private @Nullable FileFd file;
    private int expected;
    private boolean differs;
    private boolean ended;

    /** Hears what is not as it was unpacked. */
    interface Differences {
        void found(LayerPath path, String what) throws IOException;
    }

    /** Takes ownership of the skeleton's file, borrows the directory. */
    RebuiltArchive(FileFd skeleton, DirectoryFd diff, Differences differences) throws IOException {
        this.diff = diff;
        this.differences = differences;
        var compressed = new BufferedInputStream(skeleton.input(), BUFFER_BYTES);
        try {
            this.skeleton =
                    new DataInputStream(
                            new BufferedInputStream(new GZIPInputStream(compressed), BUFFER_BYTES));
        } catch (IOException malformed) {
            skeleton.close();
            throw malformed;
        }
    }

    /**
     * {@return the file that the layer consists of, if it begins with no header; nothing is read}
     */
    Optional<LayerPath> onlyFile() throws IOException {
        if (left == 0 && !ended) {
            next();
        }
        return Optional.ofNullable(path);
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        while (left == 0) {
            if (ended) {
                return -1;
            }
            endFile();
            next();
        }
        int wanted = (int) Math.min(left, length);
        int count =
                path == null ? literal(buffer, offset, wanted) : contents(buffer, offset, wanted);
        left -= count;
        return count;
    }

    private int literal(byte[] buffer, int offset, int wanted) throws IOException {
        skeleton.readFully(buffer, offset, wanted);
        return wanted;
    }

    private void next() throws IOException {
        int kind = skeleton.readUnsignedByte();
        switch (kind) {
            case Skeleton.LITERAL -> left = skeleton.readInt();
            case Skeleton.FILE -> beginFile(WHOLE);
            case Skeleton.PIECE -> beginFile(skeleton.readLong());
            case Skeleton.END -> {
                // the checksum of gzip comes after the last byte
                ended = skeleton.read() < 0;
            }
            default -> throw new LayerException("malformed skeleton: record " + kind);
        }
        if (left < 0) {
            throw new LayerException("malformed skeleton: a record of " + left + " bytes");
        }
    }

    private void beginFile(long offset) throws IOException {
        int length = skeleton.readInt();
        if (length <= 0 || length > BUFFER_BYTES) {
            throw new LayerException("malformed skeleton: a path of " + length + " bytes");
        }
        var name = new LayerPath(new String(skeleton.readNBytes(length), ISO_8859_1));
        left = skeleton.readLong();
        expected = skeleton.readInt();
        checksum.reset();
        differs = false;
        path = name;
        try {
            var opened = diff.openFile(name.openable(), CONTENTS);
            file = opened;
            var status = opened.status();
            if (status.type() != FileType.REGULAR) {
                differ(name, "is no regular file");
            } else if (offset == WHOLE && status.sizeBytes() != left) {
                differ(name, "has " + status.sizeBytes() + " bytes, not " + left);
            } else if (offset != WHOLE) {
                opened.seek(offset);
            }
        } catch (SyscallException refused) {
            differ(name, "cannot be read: " + refused.getMessage());
        }
    }

    private int contents(byte[] buffer, int offset, int wanted) throws IOException {
        int count = -1;
        if (file != null && !differs) {
            count = file.read(ByteBuffer.wrap(buffer, offset, wanted));
        }
        if (count < 0) {
            java.util.Arrays.fill(buffer, offset, offset + wanted, (byte) 0);
            count = wanted;
        }
        checksum.update(buffer, offset, count);
        return count;
    }

    private void endFile() throws IOException {
        if (path == null) {
            return;
        }
        if (!differs && (int) checksum.getValue() != expected) {
            differ(path, "has other contents");
        }
        if (file != null) {
            file.close();
            file = null;
        }
        path = null;
    }

    private void differ(LayerPath name, String what) throws IOException {
        differs = true;
        differences.found(name, what);
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
            file = null;
        }
        skeleton.close();
    }
}
