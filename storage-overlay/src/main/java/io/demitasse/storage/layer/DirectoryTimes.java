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
 * Times of directories, which are set last: whatever is created in one changes its own.
 *
 * <p>They wait in a file without a name: an archive may have more directories than we have memory.
 */
final class DirectoryTimes implements AutoCloseable {
    private static final String NAME = "times";
    private static final int BUFFER_BYTES = 1 << 14;
    private static final OpenHow CREATE = OpenHow.READ_WRITE.create(0600).exclusive().noFollow();

    private final FileFd file;
    private final DataOutputStream out;
    private long count;

    /** Borrows the directory, which must be empty and is so again afterwards. */
    DirectoryTimes(DirectoryFd root) throws SyscallException {
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

    /** Sets them in the order in which they came: of several, the last one stays. */
    void set(LayerDirectories directories) throws IOException {
        out.flush();
        file.seek(0);
        var in = new DataInputStream(new BufferedInputStream(file.input(), BUFFER_BYTES));
        for (long left = count; left > 0; left--) {
            var path = new LayerPath(new String(in.readNBytes(in.readUnsignedShort()), ISO_8859_1));
            directories.setTime(path, Instant.ofEpochSecond(in.readLong(), in.readInt()));
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
