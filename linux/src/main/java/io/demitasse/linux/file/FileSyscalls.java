package io.demitasse.linux.file;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.demitasse.linux.ffm.CallState;
import io.demitasse.linux.ffm.Kernel;
import io.demitasse.linux.ffm.SystemCall;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/** Raw layer: openat2(2), the {@code *at} family, xattr(7), statx(2), statfs(2), flock(2). */
final class FileSyscalls {
    private static final boolean ARM64 = "aarch64".equals(System.getProperty("os.arch"));

    // dirfd of the *at calls
    static final int AT_FDCWD = -100;

    // flags of open_how, openat2(2); four of them differ on arm64
    static final long O_RDONLY = 0;
    static final long O_WRONLY = 01;
    static final long O_RDWR = 02;
    static final long O_CREAT = 0100;
    static final long O_EXCL = 0200;
    static final long O_NOCTTY = 0400;
    static final long O_TRUNC = 01000;
    static final long O_APPEND = 02000;
    static final long O_NONBLOCK = 04000;
    static final long O_DIRECTORY = ARM64 ? 040000 : 0200000;
    static final long O_NOFOLLOW = ARM64 ? 0100000 : 0400000;
    static final long O_CLOEXEC = 02000000;
    static final long O_PATH = 010000000;

    // resolve of open_how, openat2(2)
    static final long RESOLVE_NO_XDEV = 0x01;
    static final long RESOLVE_NO_MAGICLINKS = 0x02;
    static final long RESOLVE_NO_SYMLINKS = 0x04;
    static final long RESOLVE_BENEATH = 0x08;
    static final long RESOLVE_IN_ROOT = 0x10;

    // flags of the *at calls
    static final int AT_SYMLINK_NOFOLLOW = 0x100;
    static final int AT_REMOVEDIR = 0x200;
    static final int AT_EMPTY_PATH = 0x1000;

    // flags of renameat2(2)
    static final int RENAME_NOREPLACE = 1;
    static final int RENAME_EXCHANGE = 2;

    // mask of statx(2)
    static final int STATX_BASIC_STATS = 0x07ff;
    static final int STATX_MNT_ID = 0x1000;

    // stx_attributes of statx(2)
    static final long STATX_ATTR_MOUNT_ROOT = 0x2000;

    // whence of lseek(2)
    static final int SEEK_SET = 0;
    static final int SEEK_DATA = 3;
    static final int SEEK_HOLE = 4;

    // file type and mode of inode(7)
    static final int S_IFMT = 0170000;
    static final int S_IFSOCK = 0140000;
    static final int S_IFLNK = 0120000;
    static final int S_IFREG = 0100000;
    static final int S_IFBLK = 0060000;
    static final int S_IFDIR = 0040000;
    static final int S_IFCHR = 0020000;
    static final int S_IFIFO = 0010000;

    // operation of flock(2)
    static final int LOCK_SH = 1;
    static final int LOCK_EX = 2;
    static final int LOCK_NB = 4;

    static final StructLayout OPEN_HOW =
            MemoryLayout.structLayout(
                    JAVA_LONG.withName("flags"),
                    JAVA_LONG.withName("mode"),
                    JAVA_LONG.withName("resolve"));

    static final StructLayout TIMESPEC =
            MemoryLayout.structLayout(JAVA_LONG.withName("tv_sec"), JAVA_LONG.withName("tv_nsec"));

    static final StructLayout STATX_TIMESTAMP =
            MemoryLayout.structLayout(
                    JAVA_LONG.withName("tv_sec"),
                    JAVA_INT.withName("tv_nsec"),
                    MemoryLayout.paddingLayout(4));

    static final StructLayout STATX =
            MemoryLayout.structLayout(
                    JAVA_INT.withName("stx_mask"),
                    JAVA_INT.withName("stx_blksize"),
                    JAVA_LONG.withName("stx_attributes"),
                    JAVA_INT.withName("stx_nlink"),
                    JAVA_INT.withName("stx_uid"),
                    JAVA_INT.withName("stx_gid"),
                    JAVA_SHORT.withName("stx_mode"),
                    MemoryLayout.paddingLayout(2),
                    JAVA_LONG.withName("stx_ino"),
                    JAVA_LONG.withName("stx_size"),
                    JAVA_LONG.withName("stx_blocks"),
                    JAVA_LONG.withName("stx_attributes_mask"),
                    STATX_TIMESTAMP.withName("stx_atime"),
                    STATX_TIMESTAMP.withName("stx_btime"),
                    STATX_TIMESTAMP.withName("stx_ctime"),
                    STATX_TIMESTAMP.withName("stx_mtime"),
                    JAVA_INT.withName("stx_rdev_major"),
                    JAVA_INT.withName("stx_rdev_minor"),
                    JAVA_INT.withName("stx_dev_major"),
                    JAVA_INT.withName("stx_dev_minor"),
                    JAVA_LONG.withName("stx_mnt_id"),
                    MemoryLayout.paddingLayout(104));

    static final StructLayout STATFS =
            MemoryLayout.structLayout(
                    JAVA_LONG.withName("f_type"),
                    JAVA_LONG.withName("f_bsize"),
                    JAVA_LONG.withName("f_blocks"),
                    JAVA_LONG.withName("f_bfree"),
                    JAVA_LONG.withName("f_bavail"),
                    JAVA_LONG.withName("f_files"),
                    JAVA_LONG.withName("f_ffree"),
                    JAVA_LONG.withName("f_fsid"),
                    JAVA_LONG.withName("f_namelen"),
                    JAVA_LONG.withName("f_frsize"),
                    JAVA_LONG.withName("f_flags"),
                    MemoryLayout.paddingLayout(32));

    /** The head of an entry of getdents64(2); {@code d_name}, NUL-terminated, follows it. */
    static final StructLayout LINUX_DIRENT64 =
            MemoryLayout.structLayout(
                    JAVA_LONG.withName("d_ino"),
                    JAVA_LONG.withName("d_off"),
                    JAVA_SHORT.withName("d_reclen"),
                    JAVA_BYTE.withName("d_type"));

    private FileSyscalls() {}

    static long openat2(CallState state, int dirfd, MemorySegment pathname, MemorySegment how) {
        return Kernel.call(
                state,
                SystemCall.OPENAT2,
                dirfd,
                pathname.address(),
                how.address(),
                how.byteSize());
    }

    static long read(CallState state, int fd, MemorySegment buf, long count) {
        return Kernel.call(state, SystemCall.READ, fd, buf.address(), count);
    }

    static long pread64(CallState state, int fd, MemorySegment buf, long count, long offset) {
        return Kernel.call(state, SystemCall.PREAD64, fd, buf.address(), count, offset);
    }

    static long write(CallState state, int fd, MemorySegment buf, long count) {
        return Kernel.call(state, SystemCall.WRITE, fd, buf.address(), count);
    }

    static long lseek(CallState state, int fd, long offset, int whence) {
        return Kernel.call(state, SystemCall.LSEEK, fd, offset, whence);
    }

    static long ftruncate(CallState state, int fd, long length) {
        return Kernel.call(state, SystemCall.FTRUNCATE, fd, length);
    }

    static long fsync(CallState state, int fd) {
        return Kernel.call(state, SystemCall.FSYNC, fd);
    }

    static long syncfs(CallState state, int fd) {
        return Kernel.call(state, SystemCall.SYNCFS, fd);
    }

    static long flock(CallState state, int fd, int operation) {
        return Kernel.call(state, SystemCall.FLOCK, fd, operation);
    }

    static long mkdirat(CallState state, int dirfd, MemorySegment pathname, int mode) {
        return Kernel.call(state, SystemCall.MKDIRAT, dirfd, pathname.address(), mode);
    }

    static long mknodat(CallState state, int dirfd, MemorySegment pathname, int mode, long dev) {
        return Kernel.call(state, SystemCall.MKNODAT, dirfd, pathname.address(), mode, dev);
    }

    static long symlinkat(
            CallState state, MemorySegment target, int newdirfd, MemorySegment linkpath) {
        return Kernel.call(
                state, SystemCall.SYMLINKAT, target.address(), newdirfd, linkpath.address());
    }

    static long linkat(
            CallState state,
            int olddirfd,
            MemorySegment oldpath,
            int newdirfd,
            MemorySegment newpath,
            int flags) {
        return Kernel.call(
                state,
                SystemCall.LINKAT,
                olddirfd,
                oldpath.address(),
                newdirfd,
                newpath.address(),
                flags);
    }

    static long unlinkat(CallState state, int dirfd, MemorySegment pathname, int flags) {
        return Kernel.call(state, SystemCall.UNLINKAT, dirfd, pathname.address(), flags);
    }

    static long renameat2(
            CallState state,
            int olddirfd,
            MemorySegment oldpath,
            int newdirfd,
            MemorySegment newpath,
            int flags) {
        return Kernel.call(
                state,
                SystemCall.RENAMEAT2,
                olddirfd,
                oldpath.address(),
                newdirfd,
                newpath.address(),
                flags);
    }

    static long readlinkat(
            CallState state, int dirfd, MemorySegment pathname, MemorySegment buf, long bufsiz) {
        return Kernel.call(
                state, SystemCall.READLINKAT, dirfd, pathname.address(), buf.address(), bufsiz);
    }

    static long fchownat(
            CallState state, int dirfd, MemorySegment pathname, int owner, int group, int flags) {
        return Kernel.call(
                state, SystemCall.FCHOWNAT, dirfd, pathname.address(), owner, group, flags);
    }

    static long fchown(CallState state, int fd, int owner, int group) {
        return Kernel.call(state, SystemCall.FCHOWN, fd, owner, group);
    }

    /** The system call has no flags: it follows a symbolic link. */
    static long fchmodat(CallState state, int dirfd, MemorySegment pathname, int mode) {
        return Kernel.call(state, SystemCall.FCHMODAT, dirfd, pathname.address(), mode);
    }

    static long fchmod(CallState state, int fd, int mode) {
        return Kernel.call(state, SystemCall.FCHMOD, fd, mode);
    }

    static long utimensat(
            CallState state, int dirfd, MemorySegment pathname, MemorySegment times, int flags) {
        return Kernel.call(
                state, SystemCall.UTIMENSAT, dirfd, pathname.address(), times.address(), flags);
    }

    static long statx(
            CallState state,
            int dirfd,
            MemorySegment pathname,
            int flags,
            int mask,
            MemorySegment statxbuf) {
        return Kernel.call(
                state,
                SystemCall.STATX,
                dirfd,
                pathname.address(),
                flags,
                mask,
                statxbuf.address());
    }

    static long statfs(CallState state, MemorySegment path, MemorySegment buf) {
        return Kernel.call(state, SystemCall.STATFS, path.address(), buf.address());
    }

    static long fstatfs(CallState state, int fd, MemorySegment buf) {
        return Kernel.call(state, SystemCall.FSTATFS, fd, buf.address());
    }

    static long getdents64(CallState state, int fd, MemorySegment dirp, long count) {
        return Kernel.call(state, SystemCall.GETDENTS64, fd, dirp.address(), count);
    }

    static long fsetxattr(
            CallState state,
            int fd,
            MemorySegment name,
            MemorySegment value,
            long size,
            int flags) {
        return Kernel.call(
                state, SystemCall.FSETXATTR, fd, name.address(), value.address(), size, flags);
    }

    static long fgetxattr(
            CallState state, int fd, MemorySegment name, MemorySegment value, long size) {
        return Kernel.call(state, SystemCall.FGETXATTR, fd, name.address(), value.address(), size);
    }

    static long flistxattr(CallState state, int fd, MemorySegment list, long size) {
        return Kernel.call(state, SystemCall.FLISTXATTR, fd, list.address(), size);
    }
}
