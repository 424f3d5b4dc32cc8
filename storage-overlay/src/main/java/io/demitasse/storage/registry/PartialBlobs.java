package io.demitasse.storage.registry;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryEntry;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileFd;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.storage.reference.Digest;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;

/**
 * What has come of blobs so far, in a file each, so that a broken pull goes on where it was.
 *
 * <p>Nobody vouches for what is in them: they are hashed like what comes from the network. Files
 * that nobody went on with for a day are removed.
 *
 * <p><b>Threads.</b> Shared; {@code claimed} is guarded by this.
 */
public final class PartialBlobs implements AutoCloseable {
    private static final int PERMISSIONS = 0600;
    private static final Duration KEPT = Duration.ofDays(1);

    private final DirectoryFd directory;
    private final InstantSource clock;
    private final KeptBlobs kept;
    private final Set<String> claimed = new HashSet<>();
    private long others;

    private PartialBlobs(DirectoryFd directory, InstantSource clock, KeptBlobs kept) {
        this.directory = directory;
        this.kept = kept;
        this.clock = clock;
    }

    /** Opens those in a directory; what was used goes to another, if it is wanted there. */
    public static PartialBlobs open(Path path, InstantSource clock, KeptBlobs kept)
            throws SyscallException {
        return new PartialBlobs(DirectoryFd.open(path), clock, kept);
    }

    /** One blob's file; closing it keeps what is there. */
    final class Partial implements AutoCloseable {
        private final String name;
        private final boolean kept;
        private final FileFd file;
        private final long initialBytes;

        private Partial(String name, boolean kept, FileFd file, long initialBytes) {
            this.name = name;
            this.kept = kept;
            this.file = file;
            this.initialBytes = initialBytes;
        }

        /** {@return how much an earlier attempt has left} */
        long initialBytes() {
            return initialBytes;
        }

        /** Appends all that remains in a buffer. */
        void append(ByteBuffer bytes) throws SyscallException {
            file.write(bytes);
        }

        /** Reads from a position; {@return the count, or -1 at the end} */
        int read(ByteBuffer bytes, long position) throws SyscallException {
            return file.read(bytes, position);
        }

        @Override
        public void close() {
            file.close();
            release(name, kept);
        }
    }

    /** Goes on with a blob; whoever comes while another does starts anew, and keeps nothing. */
    Partial claim(Descriptor descriptor) throws SyscallException {
        String name;
        boolean kept;
        synchronized (this) {
            kept = claimed.add(descriptor.digest().hex());
            name = descriptor.digest().hex() + (kept ? "" : "." + ++others);
        }
        var how = OpenHow.READ_WRITE.create(PERMISSIONS).append().noFollow();
        try {
            var file = directory.openFile(name, how);
            return new Partial(name, kept, file, usable(file, descriptor));
        } catch (SyscallException refused) {
            release(name, kept);
            throw refused;
        }
    }

    private static long usable(FileFd file, Descriptor descriptor) throws SyscallException {
        try {
            long bytes = file.status().sizeBytes();
            if (bytes <= descriptor.sizeBytes()) {
                return bytes;
            }
            file.truncate(0);
            return 0;
        } catch (SyscallException refused) {
            file.close();
            throw refused;
        }
    }

    private void release(String name, boolean kept) {
        if (kept) {
            synchronized (this) {
                claimed.remove(name);
            }
            return;
        }
        try {
            remove(name);
        } catch (SyscallException refused) {
            return; // it is removed when it is old
        }
    }

    /** A blob came as a whole and was good. */
    void used(Digest digest) throws SyscallException {
        if (!kept.take(directory, digest)) {
            forget(digest);
        }
    }

    /** Removes what there is of a blob, also while it is open. */
    void forget(Digest digest) throws SyscallException {
        remove(digest.hex());
    }

    private void remove(String name) throws SyscallException {
        try {
            directory.unlink(name);
        } catch (SyscallException refused) {
            if (!refused.is(Errno.ENOENT)) {
                throw refused;
            }
        }
    }

    /** Removes what nobody went on with for a day. */
    public synchronized void removeOld() throws SyscallException {
        var end = clock.instant().minus(KEPT);
        for (var entry : directory.list()) {
            if (!claimed.contains(entry.text()) && isOlder(entry, end)) {
                remove(entry.text());
            }
        }
    }

    /** Not if it has gone meanwhile: a pull that ends removes its own. */
    private boolean isOlder(DirectoryEntry entry, Instant end) throws SyscallException {
        try {
            return directory.status(entry.name()).modified().isBefore(end);
        } catch (SyscallException refused) {
            if (refused.is(Errno.ENOENT)) {
                return false;
            }
            throw refused;
        }
    }

    @Override
    public void close() {
        directory.close();
    }
}
