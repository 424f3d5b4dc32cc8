package io.demitasse.linux.file;

import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The extended attributes of an open file or directory.
 *
 * <p>By descriptor only, never by path. A descriptor of {@link OpenHow#PATH} is refused by the
 * kernel with {@code EBADF}.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/xattr.7.html">xattr(7)</a>
 */
public final class ExtendedAttributes {
    private static final int XATTR_SIZE_MAX = 65536;

    private final Fd fd;

    private ExtendedAttributes(Fd fd) {
        this.fd = fd;
    }

    /** Borrows the descriptor. */
    public static ExtendedAttributes of(Fd fd) {
        return new ExtendedAttributes(fd);
    }

    /** Creates or replaces an attribute. */
    public void set(String name, byte[] value) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(Math.max(1, value.length));
            MemorySegment.copy(value, 0, bytes, ValueLayout.JAVA_BYTE, 0, value.length);
            SyscallException.check(
                    FileSyscalls.fsetxattr(
                            CallState.in(arena),
                            fd.number(),
                            arena.allocateFrom(name),
                            bytes,
                            value.length,
                            0),
                    "fsetxattr(%s, \"%s\", ..., %d, 0)",
                    fd,
                    name,
                    value.length);
        }
    }

    /** {@return an attribute's value, or empty if the file has none of that name} */
    public Optional<byte[]> get(String name) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var value = arena.allocate(XATTR_SIZE_MAX);
            long size =
                    FileSyscalls.fgetxattr(
                            CallState.in(arena),
                            fd.number(),
                            arena.allocateFrom(name),
                            value,
                            XATTR_SIZE_MAX);
            if (size == -Errno.ENODATA || size == -Errno.EOPNOTSUPP) {
                return Optional.empty();
            }
            SyscallException.check(size, "fgetxattr(%s, \"%s\")", fd, name);
            return Optional.of(value.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE));
        }
    }

    /** {@return the names of all attributes that the caller may see} */
    public List<String> names() throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var list = arena.allocate(XATTR_SIZE_MAX);
            int size =
                    SyscallException.check(
                            FileSyscalls.flistxattr(
                                    CallState.in(arena), fd.number(), list, XATTR_SIZE_MAX),
                            "flistxattr(%s)",
                            fd);
            var names = new ArrayList<String>();
            for (long at = 0; at < size; ) {
                var terminated = list.getString(at);
                names.add(terminated);
                at += terminated.getBytes(java.nio.charset.StandardCharsets.UTF_8).length + 1L;
            }
            return names;
        }
    }
}
