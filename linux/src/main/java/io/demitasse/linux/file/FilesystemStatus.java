package io.demitasse.linux.file;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * What a filesystem says of itself.
 *
 * @param type its magic number, one of the constants here
 * @see <a href="https://man7.org/linux/man-pages/man2/statfs.2.html">statfs(2)</a>
 */
public record FilesystemStatus(
        long type,
        long blockSizeBytes,
        long blocks,
        long freeBlocks,
        long availableBlocks,
        long inodes,
        long freeInodes) {
    public static final long CGROUP2_SUPER_MAGIC = 0x63677270L;
    public static final long EXT4_SUPER_MAGIC = 0xEF53L;
    public static final long NSFS_MAGIC = 0x6e736673L;
    public static final long OVERLAYFS_SUPER_MAGIC = 0x794c7630L;
    public static final long PROC_SUPER_MAGIC = 0x9fa0L;
    public static final long TMPFS_MAGIC = 0x01021994L;
    public static final long XFS_SUPER_MAGIC = 0x58465342L;

    private static final long TYPE_MASK = 0xffffffffL;

    /** {@return the filesystem that a path is on} */
    public static FilesystemStatus of(Path path) throws SyscallException {
        var name = FileName.path(path.toString().getBytes(StandardCharsets.UTF_8));
        try (var arena = Arena.ofConfined()) {
            var buffer = arena.allocate(FileSyscalls.STATFS);
            SyscallException.check(
                    FileSyscalls.statfs(CallState.in(arena), name.in(arena), buffer),
                    "statfs(%s)",
                    name);
            return read(buffer);
        }
    }

    /** {@return the filesystem that a descriptor is on} */
    public static FilesystemStatus of(Fd fd) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var buffer = arena.allocate(FileSyscalls.STATFS);
            SyscallException.check(
                    FileSyscalls.fstatfs(CallState.in(arena), fd.number(), buffer),
                    "fstatfs(%s)",
                    fd);
            return read(buffer);
        }
    }

    private static FilesystemStatus read(MemorySegment buffer) {
        return new FilesystemStatus(
                field(buffer, "f_type") & TYPE_MASK,
                field(buffer, "f_bsize"),
                field(buffer, "f_blocks"),
                field(buffer, "f_bfree"),
                field(buffer, "f_bavail"),
                field(buffer, "f_files"),
                field(buffer, "f_ffree"));
    }

    private static long field(MemorySegment buffer, String name) {
        return (long) FileSyscalls.STATFS.varHandle(groupElement(name)).get(buffer, 0L);
    }
}
