package io.demitasse.shim.launch;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.cgroup.Cgroup;
import io.demitasse.linux.process.Pidfd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Launches of an earlier daemon that did not end with it: their shim is stopped, or waits for a
 * disk. They are found in the cgroup of the shims, as who holds the lock of launches.
 *
 * <p>What is killed here makes no system call any more, even if it cannot die yet. So nobody waits
 * for its lock: the file is removed, and the next spawner locks a new one.
 */
record AbandonedLaunches(SpawnerOptions options) {
    /** FD_LOCK of shim.h; a shim whose process runs has nothing there. */
    private static final String LOCK = "fd/4";

    /** Kills them, with what they have made so far. */
    void end() throws IOException {
        if (options.shimCgroup().isPresent()) {
            try (var cgroup = Cgroup.create(options.shimCgroup().get())) {
                for (int pid : cgroup.pids()) {
                    if (isLaunching(pid)) {
                        kill(pid);
                    }
                }
            }
        }
        Files.deleteIfExists(options.lockFile());
    }

    private boolean isLaunching(int pid) throws IOException {
        try {
            return Files.isSameFile(process(pid).resolve(LOCK), options.lockFile());
        } catch (NoSuchFileException none) {
            return false;
        }
    }

    /** The child first: without a parent it would be nobody's to find. */
    private static void kill(int launching) throws IOException {
        try (var shim = Pidfd.open(launching)) {
            for (int child : children(launching)) {
                killChild(launching, child);
            }
            shim.signal(Pidfd.SIGKILL);
        } catch (SyscallException failure) {
            requireGone(failure);
        }
    }

    private static void killChild(int parent, int pid) throws IOException {
        try (var child = Pidfd.open(pid)) {
            // the pid could have become another process's before it was opened, but not since
            if (children(parent).contains(pid)) {
                child.signal(Pidfd.SIGKILL);
            }
        } catch (SyscallException failure) {
            requireGone(failure);
        }
    }

    private static void requireGone(SyscallException failure) throws SyscallException {
        if (!failure.is(Errno.ESRCH)) {
            throw failure;
        }
    }

    private static List<Integer> children(int pid) throws IOException {
        try {
            var children = process(pid).resolve("task/" + pid + "/children");
            return Arrays.stream(Files.readString(children).split(" "))
                    .filter(word -> !word.isBlank())
                    .map(word -> Integer.valueOf(word.strip()))
                    .toList();
        } catch (NoSuchFileException ended) {
            return List.of();
        }
    }

    private static Path process(int pid) {
        return Path.of("/proc", Integer.toString(pid));
    }
}
