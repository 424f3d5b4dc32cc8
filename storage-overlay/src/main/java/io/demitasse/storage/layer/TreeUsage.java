package io.demitasse.storage.layer;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileStatus;
import io.demitasse.linux.file.FileType;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.storage.FilesystemUsage;
import java.util.HashSet;
import java.util.Set;

/**
 * Measures what a tree takes on disk, by walking it. Files with several names count once.
 *
 * <p>Descends at most 256 levels: a container may nest directories deeper than we have descriptors.
 * What vanishes meanwhile is not counted. Holds no more of a directory than a few entries, and of
 * files with several names a limited number: of those beyond, each name counts for its share.
 */
public final class TreeUsage {
    private static final int MAX_DEPTH = 256;
    private static final int MAX_LINKED = 100_000;
    private static final int BLOCK_BYTES = 512; // of statx(2), whatever the filesystem's

    private final Set<Long> linked = new HashSet<>();
    private long bytes;
    private long inodes;
    private double shares; // of inodes

    private TreeUsage() {}

    /** {@return what a directory takes, itself included} */
    public static FilesystemUsage of(DirectoryFd root) throws SyscallException {
        var usage = new TreeUsage();
        usage.count(root.status());
        usage.walk(root, 0);
        return new FilesystemUsage(usage.bytes, usage.inodes + Math.round(usage.shares));
    }

    /** {@return what a single file takes} */
    public static FilesystemUsage ofFile(FileStatus status) {
        return new FilesystemUsage(status.blocks() * BLOCK_BYTES, 1);
    }

    private void walk(DirectoryFd directory, int depth) throws SyscallException {
        directory.forEach(entry -> {
            var status = Whiteouts.status(directory, entry.name());
            if (status.isEmpty()) {
                return;
            }
            count(status.get());
            if (status.get().type() == FileType.DIRECTORY && depth < MAX_DEPTH) {
                descend(directory, entry.name(), depth);
            }
        });
    }

    private void descend(DirectoryFd directory, byte[] name, int depth) throws SyscallException {
        try (var child = directory.openDirectory(name, OpenHow.READ.noSymlinks().sameMount())) {
            walk(child, depth + 1);
        } catch (SyscallException refused) {
            if (Whiteouts.status(directory, name).isPresent()) {
                throw refused;
            }
        }
    }

    private void count(FileStatus status) {
        long taken = status.blocks() * BLOCK_BYTES;
        boolean once = status.type() == FileType.DIRECTORY || status.links() == 1;
        if (!once && linked.contains(status.inode())) {
            return;
        }
        if (!once && linked.size() == MAX_LINKED) {
            bytes += taken / status.links();
            shares += 1.0 / status.links();
            return;
        }
        if (!once) {
            linked.add(status.inode());
        }
        bytes += taken;
        inodes++;
    }
}
