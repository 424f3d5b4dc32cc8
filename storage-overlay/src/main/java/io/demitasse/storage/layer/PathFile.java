package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileFd;
import io.demitasse.linux.file.OpenHow;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Instant;

/**
 * Paths of a layer, each with a time, in the order in which they came. They wait in a file without
 * a name: an archive may have more of them than we have memory.
 */
final class PathFile implements AutoCloseable {
    private static final String NAME = "paths";
    private static final int BUFFER_BYTES = 1 << 14;
    private static final OpenHow CREATE = OpenHow.READ_WRITE.create(0600).exclusive().noFollow();

    private final FileFd file;
    private final DataOutputStream out;
    private long count;

    /** Hears of each path. */
    interface Visitor {
        void visit(LayerPath path, Instant time) throws IOException;
    }

    /** Borrows the directory, which must be empty and is so again afterwards. */
    PathFile(DirectoryFd root) throws SyscallException {
        file = root.openFile(NAME, CREATE);
        out = new DataOutputStream(new BufferedOutputStream(file.output(), BUFFER_BYTES));
        root.unlink(NAME);
    }

    void add(LayerPath path, Instant time) throws IOException {
        var bytes = path.bytes().getBytes(ISO_8859_1);
        out.writeShort(bytes.length);
        out.write(bytes);
        out.writeLong(time.getEpochSecond());
        out.writeInt(time.getNano());
        count++;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Shows all, in their order. */
    void forEach(Visitor visitor) throws IOException {
        out.flush();
        file.seek(0);
        var in = new DataInputStream(new BufferedInputStream(file.input(), BUFFER_BYTES));
        for (long left = count; left > 0; left--) {
            var path = new LayerPath(new String(in.readNBytes(in.readUnsignedShort()), ISO_8859_1));
            visitor.visit(path, Instant.ofEpochSecond(in.readLong(), in.readInt()));
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
