package io.demitasse.storage;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileTree;
import io.demitasse.linux.process.CallingThread;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Removes trees in two steps: a rename that returns at once, the unlinking on a thread of its own.
 *
 * <p><b>Threads.</b> {@link #discard} may be called by any. What is to be unlinked is read from the
 * directory, so that nothing is forgotten when we die in between: the next start finds it there.
 */
public final class Trash implements AutoCloseable {
    private static final String REMOVED = "removed-";

    private final DirectoryFd directory;
    private final Semaphore work = new Semaphore(1); // a look at what the last start left
    private final Thread thread;
    private volatile boolean closed;
    private volatile @Nullable SyscallException lastFailure;

    private Trash(DirectoryFd directory) {
        this.directory = directory;
        this.thread = Thread.ofPlatform().daemon().name("storage-trash").unstarted(this::run);
    }

    /** Takes possession of a directory: everything in it now is removed. */
    public static Trash open(Path path) throws SyscallException {
        var trash = new Trash(DirectoryFd.open(path));
        try {
            for (var left : trash.directory.list()) {
                if (!left.text().startsWith(REMOVED)) {
                    trash.discard(trash.directory, left.text());
                }
            }
        } catch (SyscallException refused) {
            trash.directory.close();
            throw refused;
        }
        trash.thread.start();
        return trash;
    }

    /** {@return the directory itself, where others make what they may not finish} */
    public DirectoryFd directory() {
        return directory;
    }

    /** Makes a tree vanish from where it is; {@return whether it was there} */
    public boolean discard(DirectoryFd parent, String name) throws SyscallException {
        try {
            parent.rename(name, directory, REMOVED + UUID.randomUUID());
        } catch (SyscallException refused) {
            if (refused.is(Errno.ENOENT)) {
                return false;
            }
            throw refused;
        }
        work.release();
        return true;
    }

    /** {@return why something could not be unlinked; it is tried again with the next} */
    public Optional<SyscallException> lastFailure() {
        return Optional.ofNullable(lastFailure);
    }

    private void run() {
        try {
            CallingThread.giveWay(); // nobody waits for us, and pods may be starting
        } catch (SyscallException refused) {
            lastFailure = refused;
        }
        while (!closed) {
            work.acquireUninterruptibly();
            work.drainPermits();
            try {
                removeAll();
            } catch (SyscallException failure) {
                lastFailure = failure;
            }
        }
    }

    private void removeAll() throws SyscallException {
        for (var entry : directory.list()) {
            if (closed) {
                return;
            }
            if (entry.text().startsWith(REMOVED)) {
                try {
                    FileTree.remove(directory, entry.text());
                } catch (SyscallException failure) {
                    lastFailure = failure;
                }
            }
        }
    }

    /** Stops after the tree that is being removed; the rest is left to the next start. */
    @Override
    public void close() {
        closed = true;
        work.release();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        directory.close();
    }
}
