package io.demitasse.linux.mount;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A corner of the mount table for what a kernel cannot make detached: mounts stay there for the
 * moment that it takes to clone them.
 *
 * <p>It is a bind mount of a directory on itself, and private, so that no other mount namespace
 * ever sees what passes through. It is there while somebody uses it.
 *
 * <p><b>Threads.</b> Shared; {@code users} is guarded by this. Each mount has a place of its own.
 */
final class PrivateMounts {
    private static final int PERMISSIONS = 0700;

    private final Path directory;
    private final AtomicLong places = new AtomicLong();
    private int users;

    private PrivateMounts(Path directory) {
        this.directory = directory;
    }

    /**
     * Takes away what an earlier process left that died between its mount and its umount.
     *
     * @param directory which must exist, and be used by nobody else
     */
    static PrivateMounts open(Path directory) throws SyscallException {
        if (Mounts.isMountPoint(directory)) {
            Mounts.unmountLazily(directory);
        }
        try (var parent = DirectoryFd.open(directory)) {
            for (var left : parent.list()) {
                vacate(directory, parent, left.text());
            }
        }
        return new PrivateMounts(directory);
    }

    /** Mounts something at a place that nobody else uses, and hands over a clone. */
    interface Attachment {
        DetachedMount cloned(Path place) throws SyscallException;
    }

    /** {@return the clone of what an attachment mounts; the mount itself is gone again} */
    DetachedMount through(Attachment attachment) throws SyscallException {
        enter();
        try (var parent = DirectoryFd.open(directory)) {
            var name = Long.toString(places.incrementAndGet());
            parent.makeDirectory(name, PERMISSIONS);
            try {
                return attachment.cloned(directory.resolve(name));
            } finally {
                vacate(directory, parent, name);
            }
        } finally {
            leave();
        }
    }

    private static void vacate(Path directory, DirectoryFd parent, String name)
            throws SyscallException {
        if (Mounts.isMountPoint(directory.resolve(name))) {
            Mounts.unmountLazily(directory.resolve(name));
        }
        parent.removeDirectory(name);
    }

    private synchronized void enter() throws SyscallException {
        if (users == 0) {
            Mounts.bind(directory, directory, false);
            try {
                Mounts.makePrivate(directory, false);
            } catch (SyscallException refused) {
                Mounts.unmountLazily(directory);
                throw refused;
            }
        }
        users++;
    }

    private synchronized void leave() throws SyscallException {
        users--;
        if (users == 0) {
            Mounts.unmountLazily(directory);
        }
    }
}
