package io.demitasse.linux.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import java.nio.file.Path;

/**
 * Opens files where others may have put something else.
 *
 * <p>The open(2) of a FIFO waits for somebody at its other end, and that of a device may do
 * something: start a watchdog, rewind a tape. So what is there is first opened as a mere reference
 * and looked at, and nothing but a regular file is then opened through that reference.
 */
public final class RegularFile {
    private RegularFile() {}

    /** Opens a path of the host, resolved as usual: links are followed. */
    public static FileFd open(Path path, OpenHow how) throws SyscallException {
        try (var reference = FileFd.open(path, OpenHow.PATH)) {
            return open(reference.fd(), how);
        }
    }

    /** Opens a path beneath a directory, resolved as {@code how} says. */
    public static FileFd open(DirectoryFd directory, String path, OpenHow how)
            throws SyscallException {
        try (var reference = directory.open(path.getBytes(UTF_8), how.reference())) {
            return open(reference, how);
        }
    }

    private static FileFd open(Fd reference, OpenHow how) throws SyscallException {
        var type = FileStatus.of(reference).type();
        if (type != FileType.REGULAR) {
            throw new SyscallException(
                    "open(%s, %s)".formatted(reference.description(), how),
                    new Errno(type == FileType.DIRECTORY ? Errno.EISDIR : Errno.EINVAL),
                    "no regular file but " + name(type));
        }
        var link = FileName.path(("/proc/self/fd/" + reference.number()).getBytes(UTF_8));
        try (var opened = DirectoryFd.open(FileSyscalls.AT_FDCWD, link, how.anywhere())) {
            return FileFd.owning(Fd.owning(opened.surrender(), reference.description()));
        }
    }

    private static String name(FileType type) {
        return switch (type) {
            case FIFO -> "a FIFO";
            case CHARACTER_DEVICE, BLOCK_DEVICE -> "a device";
            case DIRECTORY -> "a directory";
            case SYMBOLIC_LINK -> "a symbolic link";
            case SOCKET -> "a socket";
            case REGULAR, UNKNOWN -> "something unknown";
        };
    }
}
