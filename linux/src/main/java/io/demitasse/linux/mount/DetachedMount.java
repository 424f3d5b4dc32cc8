package io.demitasse.linux.mount;

import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Set;

/**
 * A mount, or a tree of mounts, that no mount table shows: it lives by its descriptor.
 *
 * <p>Closing the last descriptor of one that was never attached unmounts it. Attached, it lives in
 * the table like any other and the descriptor still refers to it.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/open_tree.2.html">open_tree(2)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/move_mount.2.html">move_mount(2)</a>
 */
public final class DetachedMount implements AutoCloseable {
    private final Fd fd;

    private DetachedMount(Fd fd) {
        this.fd = fd;
    }

    /** Takes ownership of a mount's descriptor. */
    public static DetachedMount owning(Fd fd) {
        return new DetachedMount(fd);
    }

    /** Clones what is mounted at a path, as a bind mount would; recursive: with all below it. */
    public static DetachedMount cloneTree(Path path, boolean recursive) throws SyscallException {
        return cloneTree(
                MountSyscalls.AT_FDCWD,
                path.toString(),
                recursive ? MountSyscalls.AT_RECURSIVE : 0);
    }

    /** Clones the file or directory that a descriptor refers to: no path is resolved. */
    public static DetachedMount cloneTree(Fd source, boolean recursive) throws SyscallException {
        int flags = recursive ? MountSyscalls.AT_RECURSIVE : 0;
        return cloneTree(source.number(), "", flags | MountSyscalls.AT_EMPTY_PATH);
    }

    private static DetachedMount cloneTree(int base, String path, int flags)
            throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            int number =
                    SyscallException.check(
                            MountSyscalls.open_tree(
                                    CallState.in(arena),
                                    base,
                                    arena.allocateFrom(path),
                                    MountSyscalls.OPEN_TREE_CLONE
                                            | MountSyscalls.OPEN_TREE_CLOEXEC
                                            | flags),
                            "open_tree(%d, \"%s\", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|%#x)",
                            base,
                            path,
                            flags);
            return new DetachedMount(Fd.owning(number, "clone of " + path));
        }
    }

    /** {@return the descriptor, still owned by this mount; it names the root of the mount} */
    public Fd fd() {
        return fd;
    }

    /** Adds attributes. */
    public DetachedMount with(Set<MountAttribute> added, boolean recursive)
            throws SyscallException {
        long set = MountAttribute.bits(added);
        // The kernel takes a new access time mode only together with the whole field cleared.
        long atime = set & MountSyscalls.MOUNT_ATTR__ATIME;
        MountAttributes.change(
                fd, set, atime == 0 ? 0 : MountSyscalls.MOUNT_ATTR__ATIME, 0, recursive);
        return this;
    }

    /** Takes attributes away. */
    public DetachedMount without(Set<MountAttribute> removed, boolean recursive)
            throws SyscallException {
        MountAttributes.change(fd, 0, MountAttribute.bits(removed), 0, recursive);
        return this;
    }

    /** Sets how mount events travel. */
    public DetachedMount with(Propagation propagation, boolean recursive) throws SyscallException {
        MountAttributes.change(fd, 0, 0, propagation.bit(), recursive);
        return this;
    }

    /**
     * Shows files as owned by the ids that a user namespace has for their own: the file of user 0
     * belongs to whom 0 is there. Done once, before the mount is attached; mounts below it stay as
     * they are.
     *
     * @throws SyscallException {@code EINVAL} if the filesystem has no id-mapped mounts
     */
    public DetachedMount idmapped(Fd userNamespace) throws SyscallException {
        MountAttributes.change(
                fd.number(),
                "",
                MountSyscalls.AT_EMPTY_PATH,
                new MountAttributes.Change(
                        MountSyscalls.MOUNT_ATTR_IDMAP, 0, 0, userNamespace.number()));
        return this;
    }

    /** Attaches the mount at a path of the host; it stays when the descriptor is closed. */
    public void attach(Path target) throws SyscallException {
        attach(MountSyscalls.AT_FDCWD, target.toString(), 0);
    }

    /** Attaches the mount on what a descriptor refers to. */
    public void attach(Fd target) throws SyscallException {
        attach(target.number(), "", MountSyscalls.MOVE_MOUNT_T_EMPTY_PATH);
    }

    private void attach(int base, String target, int flags) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            SyscallException.check(
                    MountSyscalls.move_mount(
                            CallState.in(arena),
                            fd.number(),
                            arena.allocateFrom(""),
                            base,
                            arena.allocateFrom(target),
                            MountSyscalls.MOVE_MOUNT_F_EMPTY_PATH | flags),
                    "move_mount(%s, \"\", %d, \"%s\", MOVE_MOUNT_F_EMPTY_PATH|%#x)",
                    fd,
                    base,
                    target,
                    flags);
        }
    }

    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return fd.toString();
    }
}
