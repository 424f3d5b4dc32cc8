package io.demitasse.linux.mount;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Changes the attributes of existing mounts, mount_setattr(2). */
final class MountAttributes {
    private MountAttributes() {}

    static void change(Fd mount, long set, long clear, long propagation, boolean recursive)
            throws SyscallException {
        change(
                mount.number(),
                "",
                MountSyscalls.AT_EMPTY_PATH | (recursive ? MountSyscalls.AT_RECURSIVE : 0),
                new Change(set, clear, propagation));
    }

    static void change(int base, String path, int flags, Change change) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var attr = arena.allocate(MountSyscalls.MOUNT_ATTR);
            put(attr, "attr_set", change.set());
            put(attr, "attr_clr", change.clear());
            put(attr, "propagation", change.propagation());
            put(attr, "userns_fd", change.userns());
            SyscallException.check(
                    MountSyscalls.mount_setattr(
                            CallState.in(arena), base, arena.allocateFrom(path), flags, attr),
                    "mount_setattr(%d, \"%s\", %#x, {attr_set=%#x, attr_clr=%#x, propagation=%#x})",
                    base,
                    path,
                    flags,
                    change.set(),
                    change.clear(),
                    change.propagation());
        }
    }

    private static void put(MemorySegment attr, String field, long value) {
        MountSyscalls.MOUNT_ATTR.varHandle(groupElement(field)).set(attr, 0L, value);
    }

    /**
     * What to set, what to clear, and the propagation, or zero to leave it; the user namespace
     * counts only if MOUNT_ATTR_IDMAP is set.
     */
    record Change(long set, long clear, long propagation, int userns) {
        Change(long set, long clear, long propagation) {
            this(set, clear, propagation, 0);
        }
    }
}
