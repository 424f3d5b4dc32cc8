package io.demitasse.linux.cgroup;

import static io.demitasse.linux.SyscallException.check;
import static io.demitasse.linux.cgroup.CgroupSyscalls.AT_FDCWD;
import static io.demitasse.linux.cgroup.CgroupSyscalls.AT_REMOVEDIR;

import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One control group of version 2: its directory, held by descriptor.
 *
 * <p>A process is born in it by {@code clone3(CLONE_INTO_CGROUP)} with {@link #directory()}.
 *
 * <p><b>Threads.</b> May be shared; {@link #close} as {@link Fd} says. Closing does not remove the
 * group.
 *
 * @see <a href="https://docs.kernel.org/admin-guide/cgroup-v2.html">Control Group v2</a>
 */
public final class Cgroup implements AutoCloseable {
    /** How long {@link #remove()} waits for killed processes to be gone. */
    public static final Duration REMOVAL_PATIENCE = Duration.ofSeconds(2);

    private static final int DIRECTORY_MODE = 0755;

    private final Path path;
    private final Fd directory;

    private Cgroup(Path path, Fd directory) {
        this.path = path;
        this.directory = directory;
    }

    /** Makes the group and its missing parents, or finds it, and opens it. */
    public static Cgroup create(Path path) throws SyscallException {
        makeDirectories(path);
        return open(path);
    }

    /** Opens a group that exists. */
    public static Cgroup open(Path path) throws SyscallException {
        return new Cgroup(path, ControlFile.openDirectory(path));
    }

    /** {@return where it is below the mount of cgroup2} */
    public Path path() {
        return path;
    }

    /** {@return its directory, for {@code CLONE_INTO_CGROUP} and for attaching programs} */
    public Fd directory() {
        return directory;
    }

    /** {@return the whole content of a control file, {@code cgroup.events}} */
    public String read(String file) throws SyscallException {
        return ControlFile.read(directory, file);
    }

    /** Writes a control file with one write(2), as the kernel wants it. */
    public void write(String file, String value) throws SyscallException {
        ControlFile.write(directory, file, value);
    }

    /** Writes control files in the order of the map; the first that is refused ends it. */
    public void apply(Map<String, String> settings) throws SyscallException {
        for (var setting : settings.entrySet()) {
            write(setting.getKey(), setting.getValue());
        }
    }

    /** {@return the controllers that its parent enabled for it} */
    public Set<String> controllers() throws SyscallException {
        return CgroupHierarchy.words(read("cgroup.controllers"));
    }

    /** Kills every process in the group and below it, also those that are forked meanwhile. */
    public void kill() throws SyscallException {
        write("cgroup.kill", "1");
    }

    /** Asks the kernel to stop every process in the group; {@link #isFrozen} says when it has. */
    public void freeze() throws SyscallException {
        write("cgroup.freeze", "1");
    }

    /** Lets the processes of a frozen group go on. */
    public void thaw() throws SyscallException {
        write("cgroup.freeze", "0");
    }

    /** {@return whether every process of the group is stopped} */
    public boolean isFrozen() throws SyscallException {
        return read("cgroup.events").contains("frozen 1");
    }

    /** {@return whether a live process is in the group or below it; zombies do not count} */
    public boolean populated() throws SyscallException {
        return isPopulated(read("cgroup.events"));
    }

    /** {@return the processes in the group itself; 0 stands for one of another pid namespace} */
    public List<Integer> pids() throws SyscallException {
        return read("cgroup.procs").lines().map(Integer::valueOf).toList();
    }

    /** {@return the groups directly below it} */
    public List<Path> children() throws IOException {
        return children(path);
    }

    /** {@return whether the group had no live process before the time was over} */
    public boolean awaitEmpty(Duration timeout) throws SyscallException {
        try (var events = ControlFile.openForReading(directory, "cgroup.events")) {
            long deadlineNanos = System.nanoTime() + timeout.toNanos();
            while (isPopulated(ControlFile.readFromStart(events))) {
                long leftNanos = deadlineNanos - System.nanoTime();
                if (leftNanos <= 0) {
                    return false;
                }
                awaitChange(events, leftNanos);
            }
            return true;
        }
    }

    /**
     * Removes the group and what is below it; it need not exist any more.
     *
     * <p>A killed process leaves its group some time after the kill: the kernel answers EBUSY until
     * then, and this waits for it at most {@link #REMOVAL_PATIENCE}.
     */
    public void remove() throws IOException {
        remove(REMOVAL_PATIENCE);
    }

    /** As above, with a patience of the caller's own. */
    public void remove(Duration patience) throws IOException {
        int result = removeTree(path);
        if (result == -Errno.EBUSY && awaitEmpty(patience)) {
            result = removeTree(path);
        }
        check(result, "unlinkat(AT_FDCWD, \"%s\", AT_REMOVEDIR)", path);
    }

    /** Closes the descriptor and leaves the group as it is. */
    @Override
    public void close() {
        directory.close();
    }

    @Override
    public String toString() {
        return directory.toString();
    }

    private static boolean isPopulated(String events) {
        return events.contains("populated 1");
    }

    private static List<Path> children(Path directory) throws IOException {
        var children = new ArrayList<Path>();
        try (DirectoryStream<Path> entries =
                Files.newDirectoryStream(directory, Files::isDirectory)) {
            entries.forEach(children::add);
        }
        return children;
    }

    /** Removes from the leaves upwards; the kernel keeps what still has processes. */
    private static int removeTree(Path path) throws IOException {
        int result = removeDirectory(path);
        if (result != -Errno.EBUSY) {
            return result;
        }
        for (var child : children(path)) {
            int left = removeTree(child);
            if (left < 0) {
                return left;
            }
        }
        return removeDirectory(path);
    }

    private static int removeDirectory(Path path) {
        try (var arena = Arena.ofConfined()) {
            int result =
                    CgroupSyscalls.unlinkat(
                            CallState.in(arena),
                            AT_FDCWD,
                            arena.allocateFrom(path.toString()),
                            AT_REMOVEDIR);
            return result == -Errno.ENOENT ? 0 : result;
        }
    }

    private static void makeDirectories(Path path) throws SyscallException {
        int result = makeDirectory(path);
        var parent = path.getParent();
        if (result == -Errno.ENOENT && parent != null) {
            makeDirectories(parent);
            result = makeDirectory(path);
        }
        check(result, "mkdirat(AT_FDCWD, \"%s\", 0755)", path);
    }

    private static int makeDirectory(Path path) {
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            var name = arena.allocateFrom(path.toString());
            int result = CgroupSyscalls.mkdirat(state, AT_FDCWD, name, DIRECTORY_MODE);
            if (result == -Errno.EEXIST) {
                return 0;
            }
            // whatever our umask: every user of a container reads its limits there
            return result < 0
                    ? result
                    : CgroupSyscalls.fchmodat(state, AT_FDCWD, name, DIRECTORY_MODE);
        }
    }

    /** cgroup.events is one of the files that poll(2) reports with POLLPRI when they change. */
    private static void awaitChange(Fd events, long timeoutNanos) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var poll = arena.allocate(CgroupSyscalls.POLLFD);
            PollLayout.FD.set(poll, 0L, events.number());
            PollLayout.EVENTS.set(poll, 0L, CgroupSyscalls.POLLPRI);
            var timeout = arena.allocate(CgroupSyscalls.TIMESPEC);
            PollLayout.SECONDS.set(timeout, 0L, timeoutNanos / 1_000_000_000L);
            PollLayout.NANOS.set(timeout, 0L, timeoutNanos % 1_000_000_000L);
            int ready = CgroupSyscalls.ppoll(CallState.in(arena), poll, 1, timeout);
            if (ready != -Errno.EINTR) {
                check(ready, "ppoll(%s, POLLPRI, %d ns)", events, timeoutNanos);
            }
        }
    }
}
