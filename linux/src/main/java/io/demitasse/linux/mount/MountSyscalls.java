package io.demitasse.linux.mount;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.demitasse.linux.ffm.CallState;
import io.demitasse.linux.ffm.Kernel;
import io.demitasse.linux.ffm.SystemCall;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/** Raw layer: fsopen(2), fsconfig(2), fsmount(2), open_tree(2), move_mount(2), mount(2). */
final class MountSyscalls {
    // dirfd
    static final int AT_FDCWD = -100;

    // flags of fsopen(2)
    static final int FSOPEN_CLOEXEC = 1;

    // cmd of fsconfig(2)
    static final int FSCONFIG_SET_FLAG = 0;
    static final int FSCONFIG_SET_STRING = 1;
    static final int FSCONFIG_SET_FD = 5;
    static final int FSCONFIG_CMD_CREATE = 6;
    static final int FSCONFIG_CMD_RECONFIGURE = 7;

    // flags of fsmount(2)
    static final int FSMOUNT_CLOEXEC = 1;

    // attr_flags of fsmount(2), attr_set and attr_clr of mount_setattr(2)
    static final long MOUNT_ATTR_RDONLY = 0x01;
    static final long MOUNT_ATTR_NOSUID = 0x02;
    static final long MOUNT_ATTR_NODEV = 0x04;
    static final long MOUNT_ATTR_NOEXEC = 0x08;
    static final long MOUNT_ATTR__ATIME = 0x70;
    static final long MOUNT_ATTR_NOATIME = 0x10;
    static final long MOUNT_ATTR_STRICTATIME = 0x20;
    static final long MOUNT_ATTR_NODIRATIME = 0x80;
    static final long MOUNT_ATTR_NOSYMFOLLOW = 0x200000;
    static final long MOUNT_ATTR_IDMAP = 0x100000;

    // propagation of mount_setattr(2)
    static final long MS_UNBINDABLE = 1 << 17;
    static final long MS_PRIVATE = 1 << 18;
    static final long MS_SLAVE = 1 << 19;
    static final long MS_SHARED = 1 << 20;

    // flags of open_tree(2) and mount_setattr(2)
    static final int OPEN_TREE_CLONE = 1;
    static final int OPEN_TREE_CLOEXEC = 02000000;
    static final int AT_EMPTY_PATH = 0x1000;
    static final int AT_RECURSIVE = 0x8000;

    // flags of move_mount(2)
    static final int MOVE_MOUNT_F_EMPTY_PATH = 0x04;
    static final int MOVE_MOUNT_T_EMPTY_PATH = 0x40;

    // flags of umount2(2)
    static final int MNT_DETACH = 2;
    static final int UMOUNT_NOFOLLOW = 8;

    static final StructLayout MOUNT_ATTR =
            MemoryLayout.structLayout(
                    JAVA_LONG.withName("attr_set"),
                    JAVA_LONG.withName("attr_clr"),
                    JAVA_LONG.withName("propagation"),
                    JAVA_LONG.withName("userns_fd"));

    private MountSyscalls() {}

    static long fsopen(CallState state, MemorySegment fsname, int flags) {
        return Kernel.call(state, SystemCall.FSOPEN, fsname.address(), flags);
    }

    static long fsconfig(
            CallState state, int fd, int cmd, MemorySegment key, MemorySegment value, int aux) {
        return Kernel.call(
                state, SystemCall.FSCONFIG, fd, cmd, key.address(), value.address(), aux);
    }

    static long fsmount(CallState state, int fsfd, int flags, long attr_flags) {
        return Kernel.call(state, SystemCall.FSMOUNT, fsfd, flags, attr_flags);
    }

    static long read(CallState state, int fd, MemorySegment buf) {
        return Kernel.call(state, SystemCall.READ, fd, buf.address(), buf.byteSize());
    }

    static long open_tree(CallState state, int dirfd, MemorySegment path, int flags) {
        return Kernel.call(state, SystemCall.OPEN_TREE, dirfd, path.address(), flags);
    }

    static long move_mount(
            CallState state,
            int from_dirfd,
            MemorySegment from_path,
            int to_dirfd,
            MemorySegment to_path,
            int flags) {
        return Kernel.call(
                state,
                SystemCall.MOVE_MOUNT,
                from_dirfd,
                from_path.address(),
                to_dirfd,
                to_path.address(),
                flags);
    }

    static long mount_setattr(
            CallState state, int dirfd, MemorySegment path, int flags, MemorySegment attr) {
        return Kernel.call(
                state,
                SystemCall.MOUNT_SETATTR,
                dirfd,
                path.address(),
                flags,
                attr.address(),
                attr.byteSize());
    }

    static long mount(
            CallState state,
            MemorySegment source,
            MemorySegment target,
            MemorySegment filesystemtype,
            long mountflags,
            MemorySegment data) {
        return Kernel.call(
                state,
                SystemCall.MOUNT,
                source.address(),
                target.address(),
                filesystemtype.address(),
                mountflags,
                data.address());
    }

    static long umount2(CallState state, MemorySegment target, int flags) {
        return Kernel.call(state, SystemCall.UMOUNT2, target.address(), flags);
    }
}
