package io.demitasse.linux.mount;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A corner of the mount table for what a kernel cannot make detached: mounts stay there for the
 * moment that it takes to clone them.
 *
 * <p>It is a bind mount of a directory on itself, made at first use and private, so that no other
 * mount namespace ever sees what passes through.
 *
 * <p><b>Threads.</b> Shared; {@code prepared} is guarded by this. Each mount has a place of its
 * own.
 */
final class PrivateMounts implements AutoCloseable {
    private static final int PERMISSIONS = 0700;

    private final Path directory;
    private final AtomicLong places = new AtomicLong();
    private boolean prepared;

    /** The directory must exist, and be used by nobody else. */
    PrivateMounts(Path directory) {
        this.directory = directory;
    }

    /** Mounts something at a place that nobody else uses, and hands over a clone. */
    interface Attachment {
        DetachedMount cloned(Path place) throws SyscallException;
    }

    /** {@return the clone of what an attachment mounts; the mount itself is gone again} */
    DetachedMount through(Attachment attachment) throws SyscallException {
        prepare();
        var name = Long.toString(places.incrementAndGet());
        var place = directory.resolve(name);
        try (var parent = DirectoryFd.open(directory)) {
            parent.makeDirectory(name, PERMISSIONS);
            try {
                return attachment.cloned(place);
            } finally {
                vacate(parent, name);
            }
        }
    }

    private void vacate(DirectoryFd parent, String name) throws SyscallException {
        if (Mounts.isMountPoint(directory.resolve(name))) {
            Mounts.unmountLazily(directory.resolve(name));
        }
        parent.removeDirectory(name);
    }

    /** An earlier process may have died between its mount and its umount. */
    private synchronized void prepare() throws SyscallException {
        if (prepared) {
            return;
        }
        if (Mounts.isMountPoint(directory)) {
            Mounts.unmountLazily(directory);
        }
        Mounts.bind(directory, directory, false);
        Mounts.makePrivate(directory, false);
        try (var parent = DirectoryFd.open(directory)) {
            for (var left : parent.list()) {
                vacate(parent, left.text());
            }
        }
        prepared = true;
    }

    /** Takes the corner away; what was cloned lives on. */
    @Override
    public synchronized void close() throws SyscallException {
        if (!prepared) {
            return;
        }
        prepared = false;
        try {
            Mounts.unmountLazily(directory);
        } catch (SyscallException refused) {
            if (!refused.is(Errno.EINVAL)) { // EINVAL: somebody else was faster
                throw refused;
            }
        }
    }
}
