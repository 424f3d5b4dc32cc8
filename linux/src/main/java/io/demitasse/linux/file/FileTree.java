package io.demitasse.linux.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;

/**
 * Removes a directory with all that is in it, whatever a container has put there.
 *
 * <p>By descriptor and never through a symbolic link or into another mount. A tree may be deeper
 * than we may have descriptors: what lies too deep is first moved up to the tree's root. It may be
 * wider than we have memory: a directory's entries are never all known.
 */
public final class FileTree {
    private static final int MAX_DEPTH = 64;

    private final DirectoryFd root;
    private long hoisted;

    private FileTree(DirectoryFd root) {
        this.root = root;
    }

    /** Removes an entry of a directory; one that does not exist is removed already. */
    public static void remove(DirectoryFd parent, String name) throws SyscallException {
        remove(parent, name.getBytes(UTF_8));
    }

    /** As {@link #remove(DirectoryFd, String)}. */
    public static void remove(DirectoryFd parent, byte[] name) throws SyscallException {
        try {
            parent.unlink(name);
        } catch (SyscallException refused) {
            if (refused.is(Errno.EISDIR)) {
                removeDirectory(parent, name);
            } else if (!refused.is(Errno.ENOENT)) {
                throw refused;
            }
        }
    }

    private static void removeDirectory(DirectoryFd parent, byte[] name) throws SyscallException {
        try (var root = openToEmpty(parent, name)) {
            var tree = new FileTree(root);
            long before;
            do {
                before = tree.hoisted;
                tree.empty(root, 0);
            } while (tree.hoisted > before);
        }
        parent.removeDirectory(name);
    }

    private void empty(DirectoryFd directory, int depth) throws SyscallException {
        directory.forEach(entry -> {
            var name = entry.name();
            if (entry.type() == FileType.DIRECTORY) {
                emptyAndRemove(directory, name, depth);
                return;
            }
            try {
                directory.unlink(name);
            } catch (SyscallException refused) {
                if (!refused.is(Errno.EISDIR)) {
                    throw refused;
                }
                emptyAndRemove(directory, name, depth);
            }
        });
    }

    private void emptyAndRemove(DirectoryFd directory, byte[] name, int depth)
            throws SyscallException {
        if (depth == MAX_DEPTH) {
            hoist(directory, name);
            return;
        }
        try (var child = openToEmpty(directory, name)) {
            empty(child, depth + 1);
        }
        directory.removeDirectory(name);
    }

    private void hoist(DirectoryFd directory, byte[] name) throws SyscallException {
        hoisted++;
        directory.rename(name, root, (".hoisted-" + hoisted).getBytes(UTF_8));
    }

    private static DirectoryFd openToEmpty(DirectoryFd parent, byte[] name)
            throws SyscallException {
        return parent.openDirectory(name, OpenHow.READ.noSymlinks().sameMount());
    }
}
