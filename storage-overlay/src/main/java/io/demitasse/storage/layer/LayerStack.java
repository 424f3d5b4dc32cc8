package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileFd;
import io.demitasse.linux.file.FileStatus;
import io.demitasse.linux.file.FileType;
import io.demitasse.linux.file.OpenHow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The files of stacked layers as overlayfs would show them, without a mount.
 *
 * <p>Confined to one thread, which closes it.
 */
public final class LayerStack implements AutoCloseable {
    private static final int MAX_LINKS = 40; // as the kernel's MAXSYMLINKS

    private final Directory root;
    private final Walk kept = new Walk();
    private LayerPath keptPath = LayerPath.ROOT;
    private boolean keptExists = true;

    private LayerStack(Directory root) {
        this.root = root;
    }

    /** Opens the {@code diff} directories of layers, topmost first; of none, nothing is there. */
    public static LayerStack open(List<Path> topFirst) throws SyscallException {
        var opened = new ArrayList<DirectoryFd>();
        try {
            for (var layer : topFirst) {
                opened.add(DirectoryFd.open(layer));
            }
        } catch (SyscallException refused) {
            opened.forEach(DirectoryFd::close);
            throw refused;
        }
        return new LayerStack(new Directory(opened));
    }

    /** What a name leads to. */
    private sealed interface Node {}

    /** The same directory in those layers that contribute to it, topmost first. */
    private record Directory(List<DirectoryFd> parts) implements Node, AutoCloseable {
        @Override
        public void close() {
            parts.forEach(DirectoryFd::close);
        }
    }

    private record Leaf(DirectoryFd parent, FileStatus status) implements Node {}

    private record Missing() implements Node {}

    private static Node lookup(Directory directory, byte[] name) throws SyscallException {
        var parts = new ArrayList<DirectoryFd>();
        for (var part : directory.parts) {
            var status = Whiteouts.status(part, name);
            if (status.isEmpty()) {
                continue;
            }
            if (status.get().type() != FileType.DIRECTORY) {
                boolean shown = parts.isEmpty() && !status.get().isWhiteout();
                if (shown) {
                    return new Leaf(part, status.get());
                }
                break;
            }
            var child = part.openDirectory(name, OpenHow.READ.noSymlinks());
            parts.add(child);
            if (Whiteouts.isOpaque(child)) {
                break;
            }
        }
        return parts.isEmpty() ? new Missing() : new Directory(parts);
    }

    /** Looks at a file that is not a directory, in the directory of the layer that has it. */
    interface Visitor {
        void visit(DirectoryFd parent, FileStatus status) throws IOException;
    }

    /** Visits a file that is reached without links; {@return whether there is one} */
    boolean visit(LayerPath path, Visitor visitor) throws IOException {
        var walk = new Walk();
        try (walk) {
            if (!walk.descend(path.parent())) {
                return false;
            }
            switch (lookup(walk.current(), path.nameBytes())) {
                case Leaf(var parent, var status) -> {
                    visitor.visit(parent, status);
                    return true;
                }
                case Directory directory -> walk.enter(directory); // which closes it
                case Missing() -> {}
            }
            return false;
        }
    }

    /**
     * {@return whether there is something of this name that is reached without links}
     *
     * <p>The directory stays open until another one is asked about.
     */
    boolean has(LayerPath path) throws SyscallException {
        if (!path.parent().equals(keptPath)) {
            kept.close();
            keptPath = path.parent();
            keptExists = kept.descend(keptPath);
        }
        if (!keptExists) {
            return false;
        }
        return switch (lookup(kept.current(), path.nameBytes())) {
            case Directory directory -> {
                directory.close();
                yield true;
            }
            case Leaf _ -> true;
            case Missing() -> false;
        };
    }

    /** {@return all names in the root of any layer, those that upper layers hide among them} */
    List<byte[]> rootNames() throws SyscallException {
        var names = new TreeMap<String, byte[]>();
        for (var part : root.parts) {
            for (var entry : part.list()) {
                names.put(new String(entry.name(), ISO_8859_1), entry.name());
            }
        }
        return List.copyOf(names.values());
    }

    /** {@return the status of a directory that is reached without links, or empty} */
    Optional<FileStatus> directory(LayerPath path) throws SyscallException {
        var walk = new Walk();
        try (walk) {
            return walk.descend(path) && !walk.current().parts.isEmpty()
                    ? Optional.of(walk.current().parts.getFirst().status())
                    : Optional.empty();
        }
    }

    /**
     * {@return the contents of a regular file, or empty if there is none}
     *
     * <p>A file longer than the limit is refused with {@code EFBIG}.
     */
    public Optional<byte[]> read(String path, int maxBytes) throws SyscallException {
        var file = open(path);
        if (file.isEmpty()) {
            return Optional.empty();
        }
        try (var opened = file.get()) {
            return Optional.of(opened.readAll(maxBytes));
        }
    }

    /**
     * {@return a regular file, to be read, or empty if there is none}
     *
     * <p>Symbolic links are followed inside the stack, however many {@code ..} they have; a loop of
     * links is refused with {@code ELOOP}. The caller closes the file.
     */
    public Optional<FileFd> open(String path) throws SyscallException {
        var todo = new ArrayDeque<byte[]>();
        push(todo, path.getBytes(UTF_8));
        int links = 0;
        var walk = new Walk();
        try (walk) {
            while (!todo.isEmpty()) {
                var name = todo.pop();
                if (walk.took(name)) {
                    continue;
                }
                switch (lookup(walk.current(), name)) {
                    case Missing() -> {
                        return Optional.empty();
                    }
                    case Directory directory -> walk.enter(directory);
                    case Leaf(var parent, var status)
                            when status.type() == FileType.SYMBOLIC_LINK -> {
                        links++;
                        follow(parent.readLink(name), links, walk, todo);
                    }
                    case Leaf(var parent, var status) -> {
                        boolean readable = todo.isEmpty() && status.type() == FileType.REGULAR;
                        return readable ? Optional.of(openLeaf(parent, name)) : Optional.empty();
                    }
                }
            }
            return Optional.empty();
        }
    }

    private static FileFd openLeaf(DirectoryFd parent, byte[] name) throws SyscallException {
        return parent.openFile(name, OpenHow.READ.noFollow().nonBlocking());
    }

    private static void follow(byte[] target, int links, Walk walk, Deque<byte[]> todo)
            throws SyscallException {
        if (links > MAX_LINKS) {
            throw new SyscallException(
                    "following \"" + new String(target, UTF_8) + "\"", new Errno(Errno.ELOOP));
        }
        if (target.length > 0 && target[0] == '/') {
            walk.restart();
        }
        push(todo, target);
    }

    /** Puts a path's components before those that are still to do. */
    private static void push(Deque<byte[]> todo, byte[] path) {
        var components = new String(path, ISO_8859_1).split("/", -1);
        for (int i = components.length - 1; i >= 0; i--) {
            todo.push(components[i].getBytes(ISO_8859_1));
        }
    }

    /** The directories between the root and where we are. */
    private final class Walk implements AutoCloseable {
        private final Deque<Directory> entered = new ArrayDeque<>();

        Directory current() {
            return entered.isEmpty() ? root : entered.peek();
        }

        void enter(Directory directory) {
            entered.push(directory);
        }

        /** Goes down without following links; {@return whether it is directories all the way} */
        boolean descend(LayerPath path) throws SyscallException {
            for (var component : path.bytes().split("/", -1)) {
                if (component.isEmpty()) {
                    continue;
                }
                var node = lookup(current(), component.getBytes(ISO_8859_1));
                if (!(node instanceof Directory directory)) {
                    return false;
                }
                enter(directory);
            }
            return true;
        }

        /** Takes the steps that need no look: nowhere, and up, where the root is its own parent. */
        boolean took(byte[] name) {
            var text = new String(name, ISO_8859_1);
            if (text.equals("..") && !entered.isEmpty()) {
                entered.pop().close();
            }
            return text.isEmpty() || text.equals(".") || text.equals("..");
        }

        void restart() {
            close();
        }

        @Override
        public void close() {
            entered.forEach(Directory::close);
            entered.clear();
        }
    }

    @Override
    public void close() {
        kept.close();
        root.close();
    }
}
