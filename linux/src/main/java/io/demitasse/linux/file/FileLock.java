package io.demitasse.linux.file;

import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An exclusive lock on a file, held until the last duplicate of its descriptor is closed, in
 * whatever process that is.
 *
 * <p>The lock belongs to the open file description: a process that was passed {@link #fd} holds it
 * too, and keeps it when the one that took it dies.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/flock.2.html">flock(2)</a>
 */
public final class FileLock implements AutoCloseable {
    private static final int PERMISSIONS = 0600;

    private final FileFd file;

    private FileLock(FileFd file) {
        this.file = file;
    }

    /** Takes the lock if nobody holds it, creating the file if need be. */
    public static Optional<FileLock> tryExclusive(Path path) throws SyscallException {
        return take(path, FileSyscalls.LOCK_EX | FileSyscalls.LOCK_NB);
    }

    /** Waits for the lock, without a limit of time; blocks a platform thread in the kernel. */
    public static FileLock exclusive(Path path) throws SyscallException {
        return take(path, FileSyscalls.LOCK_EX).orElseThrow();
    }

    private static Optional<FileLock> take(Path path, int operation) throws SyscallException {
        var file = FileFd.open(path, OpenHow.READ_WRITE.create(PERMISSIONS));
        try (var arena = Arena.ofConfined()) {
            long result;
            do {
                result = FileSyscalls.flock(CallState.in(arena), file.fd().number(), operation);
            } while (result == -Errno.EINTR);
            if (result == -Errno.EAGAIN) {
                file.close();
                return Optional.empty();
            }
            SyscallException.check(result, "flock(%s, %#x)", file.fd(), operation);
            return Optional.of(new FileLock(file));
        } catch (SyscallException refused) {
            file.close();
            throw refused;
        }
    }

    /** {@return the descriptor that holds the lock, to be passed on or written to} */
    public Fd fd() {
        return file.fd();
    }

    /** {@return the locked file} */
    public FileFd file() {
        return file;
    }

    /** Closes our descriptor, which ends the lock if nobody else has a duplicate. */
    @Override
    public void close() {
        file.close();
    }
}
