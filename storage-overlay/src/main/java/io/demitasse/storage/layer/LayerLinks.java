package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;

/**
 * Follows the symbolic links of a layer inside the layer's own root, as a container would.
 *
 * <p>An absolute target begins at the layer's root, and the root is its own parent. What comes out
 * is a path without links, and it is opened without following any: nothing is ever written or read
 * through a link. The layers below have no say, because overlayfs does not follow their links
 * either when it merges directories.
 */
final class LayerLinks {
    private static final int MAX_LINKS = 40; // as the kernel's MAXSYMLINKS

    private LayerLinks() {}

    /** {@return where an entry of this path really is: the links above it are followed} */
    static LayerPath resolve(DirectoryFd root, LayerPath path) throws IOException {
        return path.isRoot() ? path : directory(root, path.parent(), path).child(path.nameBytes());
    }

    /**
     * {@return the directory that a path leads to, which need not exist}
     *
     * @param entry which needs it, for messages
     */
    static LayerPath directory(DirectoryFd root, LayerPath path, LayerPath entry)
            throws IOException {
        try (var _ = root.openDirectory(path.openable(), LayerDirectories.NO_SYMLINKS)) {
            return path;
        } catch (SyscallException refused) {
            if (!refused.is(Errno.ELOOP)) {
                return path; // no link as far as it exists: who opens or makes it hears the rest
            }
        }
        var todo = new ArrayDeque<String>();
        push(todo, path.bytes());
        var at = LayerPath.ROOT;
        int links = 0;
        while (!todo.isEmpty()) {
            var name = todo.pop();
            if (name.equals("..")) {
                at = at.parent();
            } else if (!name.isEmpty() && !name.equals(".")) {
                var next = at.child(name.getBytes(ISO_8859_1));
                var target = readLink(root, next);
                at = target.isEmpty() ? next : target.get().startsWith("/") ? LayerPath.ROOT : at;
                target.ifPresent(text -> push(todo, text));
                links += target.isPresent() ? 1 : 0;
            }
            if (links > MAX_LINKS) {
                throw new LayerException("entry " + entry + " is below a loop of symbolic links");
            }
        }
        return at;
    }

    /** Puts a path's components before those that are still to do. */
    private static void push(Deque<String> todo, String path) {
        Arrays.asList(path.split("/", -1)).reversed().forEach(todo::push);
    }

    /** {@return the target, or empty if something else has the name, or nothing} */
    private static Optional<String> readLink(DirectoryFd root, LayerPath path)
            throws SyscallException {
        try (var parent =
                root.openDirectory(path.parent().openable(), LayerDirectories.NO_SYMLINKS)) {
            return Optional.of(new String(parent.readLink(path.nameBytes()), ISO_8859_1));
        } catch (SyscallException refused) {
            // EINVAL: not a link, readlink(2)
            if (refused.is(Errno.EINVAL) || LayerDirectories.isMissing(refused)) {
                return Optional.empty();
            }
            throw refused;
        }
    }
}
