package io.demitasse.linux.file;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;

/**
 * What the kernel knows about a file.
 *
 * @param mode permissions with setuid, setgid and sticky bits, without the type
 * @param blocks allocated blocks of 512 bytes
 * @param device where the file lives, comparable only
 * @see <a href="https://man7.org/linux/man-pages/man2/statx.2.html">statx(2)</a>
 */
public record FileStatus(
        FileType type,
        int mode,
        int uid,
        int gid,
        long sizeBytes,
        long blocks,
        long inode,
        int links,
        long device,
        Device node,
        Instant modified,
        boolean isMountRoot) {
    private static final VarHandle ATTRIBUTES = field("stx_attributes");
    private static final VarHandle NLINK = field("stx_nlink");
    private static final VarHandle UID = field("stx_uid");
    private static final VarHandle GID = field("stx_gid");
    private static final VarHandle MODE = field("stx_mode");
    private static final VarHandle INO = field("stx_ino");
    private static final VarHandle SIZE = field("stx_size");
    private static final VarHandle BLOCKS = field("stx_blocks");
    private static final VarHandle RDEV_MAJOR = field("stx_rdev_major");
    private static final VarHandle RDEV_MINOR = field("stx_rdev_minor");
    private static final VarHandle DEV_MAJOR = field("stx_dev_major");
    private static final VarHandle DEV_MINOR = field("stx_dev_minor");
    private static final VarHandle MTIME_SECONDS =
            FileSyscalls.STATX.varHandle(groupElement("stx_mtime"), groupElement("tv_sec"));
    private static final VarHandle MTIME_NANOS =
            FileSyscalls.STATX.varHandle(groupElement("stx_mtime"), groupElement("tv_nsec"));
    private static final int PERMISSIONS = 07777;

    /** The number of a device node; zero for other files. */
    public record Device(int major, int minor) {
        /** What overlayfs calls a whiteout: a character device with this number. */
        public static final Device NONE = new Device(0, 0);

        /** {@return the number as mknod(2) takes it} */
        long encoded() {
            return (minor & 0xffL) | ((major & 0xfffL) << 8) | ((minor & 0xfffff00L) << 12);
        }
    }

    /** Follows symbolic links, as stat(2) does. */
    public static FileStatus of(Path path) throws SyscallException {
        var name = path.toString().getBytes(StandardCharsets.UTF_8);
        return at(FileSyscalls.AT_FDCWD, FileName.path(name), 0);
    }

    /** {@return the status of what a descriptor refers to} */
    public static FileStatus of(Fd fd) throws SyscallException {
        return at(fd.number(), FileName.path(new byte[0]), FileSyscalls.AT_EMPTY_PATH);
    }

    static FileStatus at(int dirfd, FileName name, int flags) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var buffer = arena.allocate(FileSyscalls.STATX);
            SyscallException.check(
                    FileSyscalls.statx(
                            CallState.in(arena),
                            dirfd,
                            name.in(arena),
                            flags,
                            FileSyscalls.STATX_BASIC_STATS,
                            buffer),
                    "statx(%d, %s, %#x, STATX_BASIC_STATS)",
                    dirfd,
                    name,
                    flags);
            return read(buffer);
        }
    }

    private static FileStatus read(MemorySegment buffer) {
        int mode = (short) MODE.get(buffer, 0L) & 0xffff;
        long attributes = (long) ATTRIBUTES.get(buffer, 0L);
        long device = (long) (int) DEV_MAJOR.get(buffer, 0L) << 32;
        return new FileStatus(
                FileType.ofMode(mode),
                mode & PERMISSIONS,
                (int) UID.get(buffer, 0L),
                (int) GID.get(buffer, 0L),
                (long) SIZE.get(buffer, 0L),
                (long) BLOCKS.get(buffer, 0L),
                (long) INO.get(buffer, 0L),
                (int) NLINK.get(buffer, 0L),
                device | (int) DEV_MINOR.get(buffer, 0L),
                new Device((int) RDEV_MAJOR.get(buffer, 0L), (int) RDEV_MINOR.get(buffer, 0L)),
                Instant.ofEpochSecond(
                        (long) MTIME_SECONDS.get(buffer, 0L), (int) MTIME_NANOS.get(buffer, 0L)),
                (attributes & FileSyscalls.STATX_ATTR_MOUNT_ROOT) != 0);
    }

    /** {@return whether it is a whiteout of overlayfs: a character device 0/0} */
    public boolean isWhiteout() {
        return type == FileType.CHARACTER_DEVICE && node.equals(Device.NONE);
    }

    private static VarHandle field(String name) {
        return FileSyscalls.STATX.varHandle(groupElement(name));
    }
}
