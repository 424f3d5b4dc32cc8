package io.demitasse.linux.file;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * An open file that is not a directory.
 *
 * <p>Direct buffers are handed to the kernel as they are; others are copied on the way.
 */
public final class FileFd implements AutoCloseable {
    private static final int CHUNK_BYTES = 1 << 16;

    private final Fd fd;

    private FileFd(Fd fd) {
        this.fd = fd;
    }

    /** Takes ownership of a descriptor. */
    public static FileFd owning(Fd fd) {
        return new FileFd(fd);
    }

    /** Opens a path of the host, resolved as usual: links are followed. */
    public static FileFd open(Path path, OpenHow how) throws SyscallException {
        var name = FileName.path(path.toString().getBytes(StandardCharsets.UTF_8));
        return new FileFd(DirectoryFd.open(FileSyscalls.AT_FDCWD, name, how.anywhere()));
    }

    /** {@return the descriptor, still owned by this file} */
    public Fd fd() {
        return fd;
    }

    /**
     * Reads what fits into the buffer, moving its position; {@return the count, or -1 at the end}
     */
    public int read(ByteBuffer buffer) throws SyscallException {
        return read(
                buffer,
                (state, segment) ->
                        FileSyscalls.read(state, number(), segment, segment.byteSize()));
    }

    /** As {@link #read(ByteBuffer)}, at an offset, without moving the file's position. */
    public int read(ByteBuffer buffer, long offset) throws SyscallException {
        return read(
                buffer,
                (state, segment) ->
                        FileSyscalls.pread64(state, number(), segment, segment.byteSize(), offset));
    }

    private int read(ByteBuffer buffer, Transfer transfer) throws SyscallException {
        if (!buffer.hasRemaining()) {
            return 0;
        }
        try (var arena = Arena.ofConfined()) {
            var target =
                    buffer.isDirect()
                            ? MemorySegment.ofBuffer(buffer)
                            : arena.allocate(buffer.remaining());
            int count = complete(transfer, CallState.in(arena), target, "read");
            if (!buffer.isDirect()) {
                buffer.put(
                        buffer.position(), target.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE));
            }
            buffer.position(buffer.position() + count);
            return count == 0 ? -1 : count;
        }
    }

    /** Writes all that remains in the buffer. */
    public void write(ByteBuffer buffer) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            var source = MemorySegment.ofBuffer(buffer);
            if (!source.isNative()) {
                source = arena.allocate(buffer.remaining()).copyFrom(source);
            }
            while (source.byteSize() > 0) {
                int count =
                        complete(
                                (callState, segment) ->
                                        FileSyscalls.write(
                                                callState, number(), segment, segment.byteSize()),
                                state,
                                source,
                                "write");
                source = source.asSlice(count);
            }
            buffer.position(buffer.limit());
        }
    }

    /** Writes all the bytes. */
    public void write(byte[] bytes) throws SyscallException {
        write(ByteBuffer.wrap(bytes));
    }

    /**
     * {@return the rest of the file, from the current position}
     *
     * @throws SyscallException with {@code EFBIG} if it is longer than the limit
     */
    public byte[] readAll(int maxBytes) throws SyscallException {
        var all = new ByteArrayOutputStream();
        var buffer = ByteBuffer.allocate(Math.min(maxBytes + 1, CHUNK_BYTES));
        while (read(buffer) >= 0) {
            all.write(buffer.array(), 0, buffer.position());
            if (all.size() > maxBytes) {
                throw new SyscallException(
                        "read(%s) beyond %d bytes".formatted(fd, maxBytes), new Errno(Errno.EFBIG));
            }
            buffer.clear();
        }
        return all.toByteArray();
    }

    /** {@return the file from its current position on; closing the stream closes the file} */
    public InputStream input() {
        return new FileInput(this);
    }

    /** {@return what writes to the file; closing the stream closes the file} */
    public OutputStream output() {
        return new FileOutput(this);
    }

    /** {@return what the kernel knows about the file} */
    public FileStatus status() throws SyscallException {
        return FileStatus.of(fd);
    }

    /** Goes on at this offset, which may be beyond the end. */
    public void seek(long offset) throws SyscallException {
        seek(offset, FileSyscalls.SEEK_SET, "SEEK_SET");
    }

    /**
     * Where a file has contents, or the filesystem cannot tell: what is before, between and after
     * reads as zeros.
     *
     * @param end the offset of the first byte that does not belong to it
     */
    public record Data(long offset, long end) {}

    /**
     * {@return the first contents at this offset or behind it, if there are any} The file's
     * position is another afterwards.
     */
    public Optional<Data> data(long offset) throws SyscallException {
        try {
            long begin = seek(offset, FileSyscalls.SEEK_DATA, "SEEK_DATA");
            return Optional.of(new Data(begin, seek(begin, FileSyscalls.SEEK_HOLE, "SEEK_HOLE")));
        } catch (SyscallException refused) {
            if (refused.is(Errno.ENXIO)) { // a hole up to the end, or beyond it
                return Optional.empty();
            }
            throw refused;
        }
    }

    @CanIgnoreReturnValue
    private long seek(long offset, int whence, String name) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            long result = FileSyscalls.lseek(CallState.in(arena), number(), offset, whence);
            if (result < 0) {
                throw new SyscallException(
                        "lseek(%s, %d, %s)".formatted(fd, offset, name), new Errno((int) -result));
            }
            return result;
        }
    }

    /** Sets the length; what is added reads as zeros and takes no space. */
    public void truncate(long bytes) throws SyscallException {
        call(state -> FileSyscalls.ftruncate(state, number(), bytes), "ftruncate");
    }

    /** Changes the owner, which clears setuid and setgid bits: {@link #chmod} comes after. */
    public void chown(int uid, int gid) throws SyscallException {
        call(state -> FileSyscalls.fchown(state, number(), uid, gid), "fchown");
    }

    /** Sets permissions, with setuid, setgid and sticky bits. */
    public void chmod(int mode) throws SyscallException {
        call(state -> FileSyscalls.fchmod(state, number(), mode), "fchmod");
    }

    /** Sets times of access and modification to this. */
    public void setTimes(Instant time) throws SyscallException {
        DirectoryFd.setTimes(fd, time);
    }

    /** {@return the file's extended attributes} */
    public ExtendedAttributes attributes() {
        return ExtendedAttributes.of(fd);
    }

    /** Waits until contents and metadata are on the device. */
    public void sync() throws SyscallException {
        call(state -> FileSyscalls.fsync(state, number()), "fsync");
    }

    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return fd.toString();
    }

    private int number() {
        return fd.number();
    }

    private int complete(Transfer transfer, CallState state, MemorySegment segment, String call)
            throws SyscallException {
        long result;
        do {
            result = transfer.run(state, segment);
        } while (result == -Errno.EINTR);
        return SyscallException.check(result, "%s(%s, ..., %d)", call, fd, segment.byteSize());
    }

    private void call(Call call, String name) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            SyscallException.check(call.run(CallState.in(arena)), "%s(%s)", name, fd);
        }
    }

    private interface Transfer {
        long run(CallState state, MemorySegment segment);
    }

    private interface Call {
        long run(CallState state);
    }
}
