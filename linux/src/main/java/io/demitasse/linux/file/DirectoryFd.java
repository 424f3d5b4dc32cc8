package io.demitasse.linux.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * An open directory, and all that can be done to what is in it without naming it by path.
 *
 * <p>{@code open} methods take paths of any length and stay beneath the directory, see {@link
 * OpenHow}. All other methods take one component and never follow a symbolic link; a name that is
 * empty, {@code .}, {@code ..} or contains a slash is refused with {@link
 * IllegalArgumentException}.
 *
 * {@snippet :
 * try (var root = DirectoryFd.open(path)) {
 *     root.makeDirectory("etc", 0755);
 *     try (var etc = root.openDirectory("etc")) { … }
 * }
 * }
 */
public final class DirectoryFd implements AutoCloseable {
    private static final OpenHow LISTABLE = OpenHow.READ.directory();

    /** A concurrent rename anywhere makes the kernel give up on {@code ..}, openat2(2). */
    private static final int RESOLVE_ATTEMPTS = 64;

    private static final int PATH_MAX = 4096;

    private final Fd fd;

    private DirectoryFd(Fd fd) {
        this.fd = fd;
    }

    /** Takes ownership of a descriptor. */
    public static DirectoryFd owning(Fd fd) {
        return new DirectoryFd(fd);
    }

    /** Opens a directory of the host, resolved as usual: links are followed. */
    public static DirectoryFd open(Path path) throws SyscallException {
        var name = FileName.path(path.toString().getBytes(UTF_8));
        return new DirectoryFd(open(FileSyscalls.AT_FDCWD, name, LISTABLE.anywhere()));
    }

    /** Opens a path beneath any descriptor of a directory, a detached mount among them. */
    public static DirectoryFd open(Fd base, String path, OpenHow how) throws SyscallException {
        return new DirectoryFd(
                open(base.number(), FileName.path(path.getBytes(UTF_8)), how.directory()));
    }

    static Fd open(int base, FileName path, OpenHow how) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var openHow = arena.allocate(FileSyscalls.OPEN_HOW);
            openHow.setAtIndex(ValueLayout.JAVA_LONG, 0, how.flags());
            openHow.setAtIndex(ValueLayout.JAVA_LONG, 1, how.mode());
            openHow.setAtIndex(ValueLayout.JAVA_LONG, 2, how.resolve());
            var name = path.in(arena);
            var state = CallState.in(arena);
            long result = -Errno.EAGAIN;
            for (int i = 0; i < RESOLVE_ATTEMPTS && isTransient(result); i++) {
                result = FileSyscalls.openat2(state, base, name, openHow);
            }
            SyscallException.check(result, "openat2(%d, %s, %s)", base, path, how);
            return Fd.owning((int) result, path.toString());
        }
    }

    private static boolean isTransient(long result) {
        return result == -Errno.EAGAIN || result == -Errno.EINTR;
    }

    /** {@return the descriptor, still owned by this directory} */
    public Fd fd() {
        return fd;
    }

    /** Opens anything beneath the directory and hands over its bare descriptor. */
    public Fd open(byte[] path, OpenHow how) throws SyscallException {
        return open(number(), FileName.path(path), how);
    }

    /** As {@link #open(byte[], OpenHow)}. */
    public Fd open(String path, OpenHow how) throws SyscallException {
        return open(path.getBytes(UTF_8), how);
    }

    /** Opens a file beneath the directory. */
    public FileFd openFile(byte[] path, OpenHow how) throws SyscallException {
        return FileFd.owning(open(path, how));
    }

    /** As {@link #openFile(byte[], OpenHow)}. */
    public FileFd openFile(String path, OpenHow how) throws SyscallException {
        return openFile(path.getBytes(UTF_8), how);
    }

    /** Opens a directory beneath this one, for listing and all else. */
    public DirectoryFd openDirectory(byte[] path) throws SyscallException {
        return openDirectory(path, LISTABLE);
    }

    /** As {@link #openDirectory(byte[])}. */
    public DirectoryFd openDirectory(String path) throws SyscallException {
        return openDirectory(path.getBytes(UTF_8), LISTABLE);
    }

    /** Opens a directory beneath this one. */
    public DirectoryFd openDirectory(byte[] path, OpenHow how) throws SyscallException {
        return new DirectoryFd(open(path, how.directory()));
    }

    /** Makes a directory, with these permissions less the umask. */
    public void makeDirectory(byte[] name, int permissions) throws SyscallException {
        at(
                name,
                (state, path) -> FileSyscalls.mkdirat(state, number(), path, permissions),
                "mkdirat");
    }

    /** As {@link #makeDirectory(byte[], int)}. */
    public void makeDirectory(String name, int permissions) throws SyscallException {
        makeDirectory(name.getBytes(UTF_8), permissions);
    }

    /** Makes a device node, FIFO or socket, with these permissions less the umask. */
    public void makeNode(byte[] name, FileType type, int permissions, FileStatus.Device device)
            throws SyscallException {
        at(
                name,
                (state, path) ->
                        FileSyscalls.mknodat(
                                state, number(), path, type.bits() | permissions, device.encoded()),
                "mknodat");
    }

    /** Makes a symbolic link; the target is stored as it is. */
    public void makeSymbolicLink(byte[] name, byte[] target) throws SyscallException {
        var to = FileName.path(target);
        try (var arena = Arena.ofConfined()) {
            var from = FileName.component(name);
            SyscallException.check(
                    FileSyscalls.symlinkat(
                            CallState.in(arena), to.in(arena), number(), from.in(arena)),
                    "symlinkat(%s, %s, %s)",
                    to,
                    fd,
                    from);
        }
    }

    /** As {@link #makeSymbolicLink(byte[], byte[])}. */
    public void makeSymbolicLink(String name, String target) throws SyscallException {
        makeSymbolicLink(name.getBytes(UTF_8), target.getBytes(UTF_8));
    }

    /** Gives a file of this directory a second name in another one. */
    public void link(byte[] name, DirectoryFd target, byte[] newName) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var from = FileName.component(name);
            var to = FileName.component(newName);
            SyscallException.check(
                    FileSyscalls.linkat(
                            CallState.in(arena),
                            number(),
                            from.in(arena),
                            target.number(),
                            to.in(arena),
                            0),
                    "linkat(%s, %s, %s, %s, 0)",
                    fd,
                    from,
                    target.fd,
                    to);
        }
    }

    /** Removes a name that is not a directory's. */
    public void unlink(byte[] name) throws SyscallException {
        at(name, (state, path) -> FileSyscalls.unlinkat(state, number(), path, 0), "unlinkat");
    }

    /** As {@link #unlink(byte[])}. */
    public void unlink(String name) throws SyscallException {
        unlink(name.getBytes(UTF_8));
    }

    /** Removes an empty directory. */
    public void removeDirectory(byte[] name) throws SyscallException {
        at(
                name,
                (state, path) ->
                        FileSyscalls.unlinkat(state, number(), path, FileSyscalls.AT_REMOVEDIR),
                "unlinkat");
    }

    /** As {@link #removeDirectory(byte[])}. */
    public void removeDirectory(String name) throws SyscallException {
        removeDirectory(name.getBytes(UTF_8));
    }

    /** Moves a name into another directory, replacing what has the new name. */
    public void rename(byte[] name, DirectoryFd target, byte[] newName) throws SyscallException {
        rename(name, target, newName, 0);
    }

    /** As {@link #rename(byte[], DirectoryFd, byte[])}. */
    public void rename(String name, DirectoryFd target, String newName) throws SyscallException {
        rename(name.getBytes(UTF_8), target, newName.getBytes(UTF_8), 0);
    }

    /** Moves a name into another directory; {@code EEXIST} if the new name is taken. */
    public void renameIfAbsent(String name, DirectoryFd target, String newName)
            throws SyscallException {
        rename(
                name.getBytes(UTF_8),
                target,
                newName.getBytes(UTF_8),
                FileSyscalls.RENAME_NOREPLACE);
    }

    /** Swaps two names atomically; both must exist. */
    public void exchange(String name, DirectoryFd target, String other) throws SyscallException {
        rename(name.getBytes(UTF_8), target, other.getBytes(UTF_8), FileSyscalls.RENAME_EXCHANGE);
    }

    private void rename(byte[] name, DirectoryFd target, byte[] newName, int flags)
            throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var from = FileName.component(name);
            var to = FileName.component(newName);
            SyscallException.check(
                    FileSyscalls.renameat2(
                            CallState.in(arena),
                            number(),
                            from.in(arena),
                            target.number(),
                            to.in(arena),
                            flags),
                    "renameat2(%s, %s, %s, %s, %#x)",
                    fd,
                    from,
                    target.fd,
                    to,
                    flags);
        }
    }

    /** Changes an entry's owner, which clears setuid and setgid bits. */
    public void chown(byte[] name, int uid, int gid) throws SyscallException {
        at(
                name,
                (state, path) ->
                        FileSyscalls.fchownat(
                                state, number(), path, uid, gid, FileSyscalls.AT_SYMLINK_NOFOLLOW),
                "fchownat");
    }

    /** As {@link #chown(byte[], int, int)}, of the directory itself. */
    public void chown(int uid, int gid) throws SyscallException {
        self(state -> FileSyscalls.fchown(state, number(), uid, gid), "fchown");
    }

    /**
     * Sets the permissions of an entry that the caller knows not to be a symbolic link: the system
     * call would follow it. A file or directory is better opened, and changed by descriptor.
     */
    public void chmodNode(byte[] name, int mode) throws SyscallException {
        at(name, (state, path) -> FileSyscalls.fchmodat(state, number(), path, mode), "fchmodat");
    }

    /** Sets the permissions of the directory itself. */
    public void chmod(int mode) throws SyscallException {
        self(state -> FileSyscalls.fchmod(state, number(), mode), "fchmod");
    }

    /** Sets an entry's times of access and modification to this. */
    public void setTimes(byte[] name, Instant time) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var times = times(arena, time);
            at(
                    name,
                    (state, path) ->
                            FileSyscalls.utimensat(
                                    state, number(), path, times, FileSyscalls.AT_SYMLINK_NOFOLLOW),
                    "utimensat");
        }
    }

    /** Sets the directory's own times of access and modification to this. */
    public void setTimes(Instant time) throws SyscallException {
        setTimes(fd, time);
    }

    static void setTimes(Fd fd, Instant time) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            SyscallException.check(
                    FileSyscalls.utimensat(
                            CallState.in(arena),
                            fd.number(),
                            MemorySegment.NULL,
                            times(arena, time),
                            0),
                    "utimensat(%s, NULL, %s, 0)",
                    fd,
                    time);
        }
    }

    private static MemorySegment times(Arena arena, Instant time) {
        var times = arena.allocate(FileSyscalls.TIMESPEC, 2);
        for (int i = 0; i < 4; i += 2) {
            times.setAtIndex(ValueLayout.JAVA_LONG, i, time.getEpochSecond());
            times.setAtIndex(ValueLayout.JAVA_LONG, i + 1, time.getNano());
        }
        return times;
    }

    /** {@return where a symbolic link points} */
    public byte[] readLink(byte[] name) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var buffer = arena.allocate(PATH_MAX);
            var link = FileName.component(name);
            int length =
                    SyscallException.check(
                            FileSyscalls.readlinkat(
                                    CallState.in(arena),
                                    number(),
                                    link.in(arena),
                                    buffer,
                                    PATH_MAX),
                            "readlinkat(%s, %s)",
                            fd,
                            link);
            return buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** {@return the status of an entry; a symbolic link is not followed} */
    public FileStatus status(byte[] name) throws SyscallException {
        return FileStatus.at(number(), FileName.component(name), FileSyscalls.AT_SYMLINK_NOFOLLOW);
    }

    /** As {@link #status(byte[])}. */
    public FileStatus status(String name) throws SyscallException {
        return status(name.getBytes(UTF_8));
    }

    /** {@return the status of the directory itself} */
    public FileStatus status() throws SyscallException {
        return FileStatus.of(fd);
    }

    /** {@return whether there is an entry of this name, a dangling link among them} */
    public boolean contains(String name) throws SyscallException {
        try {
            status(name);
            return true;
        } catch (SyscallException refused) {
            if (refused.is(Errno.ENOENT)) {
                return false;
            }
            throw refused;
        }
    }

    /**
     * {@return all entries but {@code .} and {@code ..}, in the filesystem's order}
     *
     * <p>For directories whose entries we made: of others there may be more than there is memory
     * for ({@link #forEach}).
     */
    public List<DirectoryEntry> list() throws SyscallException {
        var entries = new ArrayList<DirectoryEntry>();
        try (var listed = openDirectory(".")) {
            listed.forEach(entries::add);
        }
        return entries;
    }

    /** Does something with an entry. */
    public interface EntryVisitor {
        void visit(DirectoryEntry entry) throws SyscallException;
    }

    /**
     * Shows all entries but {@code .} and {@code ..}, in the filesystem's order, a few at a time.
     * The visitor may remove what it is shown.
     *
     * <p>The position that getdents64 moves is this descriptor's own: one at a time may do this.
     */
    public void forEach(EntryVisitor visitor) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            var buffer = arena.allocate(1 << 15, Long.BYTES);
            self(start -> FileSyscalls.lseek(start, number(), 0, FileSyscalls.SEEK_SET), "lseek");
            while (true) {
                long result = FileSyscalls.getdents64(state, number(), buffer, buffer.byteSize());
                int size = SyscallException.check(result, "getdents64(%s)", fd);
                if (size == 0) {
                    return;
                }
                for (var entry : DirectoryEntry.parse(buffer.asSlice(0, size))) {
                    visitor.visit(entry);
                }
            }
        }
    }

    /** {@return the directory's extended attributes} */
    public ExtendedAttributes attributes() {
        return ExtendedAttributes.of(fd);
    }

    /** {@return the filesystem that the directory is on} */
    public FilesystemStatus filesystem() throws SyscallException {
        return FilesystemStatus.of(fd);
    }

    /** Waits until the entries of this directory, not their contents, are on the device. */
    public void sync() throws SyscallException {
        self(state -> FileSyscalls.fsync(state, number()), "fsync");
    }

    /** Waits until everything on the directory's filesystem is on the device. */
    public void syncFilesystem() throws SyscallException {
        self(state -> FileSyscalls.syncfs(state, number()), "syncfs");
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

    private void at(byte[] name, NamedCall call, String function) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var component = FileName.component(name);
            long result = call.run(CallState.in(arena), component.in(arena));
            SyscallException.check(result, "%s(%s, %s)", function, fd, component);
        }
    }

    private void self(OwnCall call, String function) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            SyscallException.check(call.run(CallState.in(arena)), "%s(%s)", function, fd);
        }
    }

    private interface NamedCall {
        long run(CallState state, MemorySegment path);
    }

    private interface OwnCall {
        long run(CallState state);
    }
}
