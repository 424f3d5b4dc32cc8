package io.demitasse.storage.registry;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.storage.FilesystemUsage;
import io.demitasse.storage.reference.Digest;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Layers as their registries had them, verified, for who wants to push them again: kept only where
 * the node's administrator says so, and no longer than an image has them.
 *
 * <p><b>Threads.</b> Shared; {@code kept} is guarded by this.
 */
public final class KeptBlobs implements AutoCloseable {
    private static final int BLOCK_BYTES = 512; // of statx(2), whatever the filesystem's

    private final Path path;
    private final DirectoryFd directory;
    private final boolean wanted;
    private final Map<String, FilesystemUsage> kept = new HashMap<>();

    private KeptBlobs(Path path, DirectoryFd directory, boolean wanted) {
        this.path = path;
        this.directory = directory;
        this.wanted = wanted;
    }

    /** Opens those in a directory; what is there stays also if no more are wanted. */
    public static KeptBlobs open(Path path, boolean wanted) throws SyscallException {
        var blobs = new KeptBlobs(path, DirectoryFd.open(path), wanted);
        for (var entry : blobs.directory.list()) {
            blobs.count(entry.text());
        }
        return blobs;
    }

    private synchronized void count(String name) throws SyscallException {
        var status = directory.status(name);
        kept.put(name, new FilesystemUsage(status.blocks() * BLOCK_BYTES, 1));
    }

    /** Moves a verified blob here; {@return whether it was wanted} */
    boolean take(DirectoryFd from, Digest blob) throws SyscallException {
        if (!wanted) {
            return false;
        }
        try {
            from.rename(blob.hex(), directory, blob.hex());
            count(blob.hex());
            return true;
        } catch (SyscallException refused) {
            if (refused.is(Errno.ENOENT)) {
                return false; // another pull of the same blob had no file of this name
            }
            throw refused;
        }
    }

    /** {@return where a blob is, if it is kept} */
    public synchronized Optional<Path> find(Digest blob) {
        return kept.containsKey(blob.hex())
                ? Optional.of(path.resolve(blob.hex()))
                : Optional.empty();
    }

    /** Removes one; it may be gone already. */
    public synchronized void remove(Digest blob) throws SyscallException {
        if (kept.remove(blob.hex()) != null) {
            directory.unlink(blob.hex());
        }
    }

    /** Removes all but these. */
    public synchronized void retain(Set<Digest> used) throws SyscallException {
        for (var name : Set.copyOf(kept.keySet())) {
            if (used.stream().noneMatch(blob -> blob.hex().equals(name))) {
                kept.remove(name);
                directory.unlink(name);
            }
        }
    }

    /** {@return what they take} */
    public synchronized FilesystemUsage usage() {
        return kept.values().stream().reduce(FilesystemUsage.NONE, FilesystemUsage::plus);
    }

    @Override
    public void close() {
        directory.close();
    }
}
