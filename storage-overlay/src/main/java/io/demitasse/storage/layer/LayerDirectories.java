package io.demitasse.storage.layer;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileTree;
import io.demitasse.linux.file.FileType;
import io.demitasse.linux.file.OpenHow;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The directories of a layer that is being unpacked: found, made, replaced, never through a link.
 * Paths that lead over links of the layer are first turned into others ({@link #resolve}).
 *
 * <p>Archives list the entries of a directory one after another, so the last parent is kept open,
 * and where the last one led to is remembered.
 */
final class LayerDirectories implements AutoCloseable {
    static final OpenHow NO_SYMLINKS = OpenHow.READ.noSymlinks().sameMount();
    static final int DEFAULT_PERMISSIONS = 0755;

    private final DirectoryFd root;
    private final NavigableSet<LayerPath> undescribed = new TreeSet<>(LayerPath.ORDER);
    private final PathBudget budget = new PathBudget("directories that have no entry");
    private final LowerLinks links = new LowerLinks();
    private LayerPath lastPath = LayerPath.ROOT;
    private @Nullable DirectoryFd last;
    private LayerPath lastNamed = LayerPath.ROOT;
    private LayerPath lastFound = LayerPath.ROOT;
    private boolean replaced;

    /** Something that fails with {@code EEXIST} if the name is taken. */
    interface Creation {
        void run() throws SyscallException;
    }

    /** As {@link Creation}, with what was created. */
    interface Opening<T> {
        T run() throws SyscallException;
    }

    LayerDirectories(DirectoryFd root) {
        this.root = root;
        undescribed.add(LayerPath.ROOT);
    }

    /** {@return hard links whose targets are not here} */
    LowerLinks links() {
        return links;
    }

    /** {@return whether an entry took the place of an earlier one, whose contents are gone} */
    boolean hasReplaced() {
        return replaced;
    }

    Set<LayerPath> undescribed() {
        return undescribed;
    }

    /**
     * {@return where an entry goes that has this name: links of the layer are followed inside it}
     */
    LayerPath resolve(LayerPath path) throws IOException {
        if (path.isRoot()) {
            return path;
        }
        var named = path.parent();
        if (!named.equals(lastNamed)) {
            lastFound = keepOpen(named) ? named : LayerLinks.directory(root, named, path);
            lastNamed = named;
        }
        return lastFound.child(path.nameBytes());
    }

    /** Most paths lead over no link, and their entry is about to ask for this directory. */
    private boolean keepOpen(LayerPath path) {
        try {
            var opened = open(path, NO_SYMLINKS);
            close();
            last = opened;
            lastPath = path;
            return true;
        } catch (SyscallException missingOrLink) {
            return false; // which whoever follows it, or makes it, finds out
        }
    }

    /** {@return what a hard link of this target means} */
    LayerPath follow(LayerPath target) throws IOException {
        return LayerLinks.resolve(root, target);
    }

    /** What was there may have been a link, or have led to one. */
    private void replaced() {
        replaced = true;
        lastNamed = LayerPath.ROOT;
        lastFound = LayerPath.ROOT;
    }

    DirectoryFd open(LayerPath path, OpenHow how) throws SyscallException {
        return root.openDirectory(path.openable(), how);
    }

    /** {@return where an entry goes, made if need be; it stays open until the next one is asked} */
    DirectoryFd parentOf(LayerPath path) throws IOException {
        var wanted = path.parent();
        var current = last;
        if (current != null && wanted.equals(lastPath)) {
            return current;
        }
        close();
        current = openOrMake(wanted);
        last = current;
        lastPath = wanted;
        return current;
    }

    private DirectoryFd openOrMake(LayerPath path) throws IOException {
        try {
            return open(path, NO_SYMLINKS);
        } catch (SyscallException refused) {
            // Not a directory: perhaps a whiteout, which its own replacement takes the place of.
            if (path.isRoot() || !(refused.is(Errno.ENOENT) || refused.is(Errno.ENOTDIR))) {
                throw refused;
            }
        }
        try (var parent = openOrMake(path.parent())) {
            make(parent, path);
            undescribed.add(path);
            budget.add(path);
            return parent.openDirectory(path.nameBytes(), NO_SYMLINKS);
        }
    }

    /** Where nothing is, or a whiteout. */
    private static void make(DirectoryFd parent, LayerPath path) throws IOException {
        var name = path.nameBytes();
        if (makeIfAbsent(parent, name)) {
            return;
        }
        boolean hidden = Whiteouts.isWhiteout(parent, name);
        if (hidden) {
            parent.unlink(name);
        }
        makeImplied(parent, name);
        if (hidden) {
            try (var made = parent.openDirectory(name, NO_SYMLINKS)) {
                Whiteouts.makeOpaque(made);
            }
        }
    }

    private static boolean makeIfAbsent(DirectoryFd parent, byte[] name) throws SyscallException {
        try {
            makeImplied(parent, name);
            return true;
        } catch (SyscallException refused) {
            if (refused.is(Errno.EEXIST)) {
                return false;
            }
            throw refused;
        }
    }

    /** {@return whether this layer hides whatever those below have of this path} */
    boolean isBelowOpaque(LayerPath path) throws SyscallException {
        return Whiteouts.isBelowOpaque(path, root);
    }

    private static void makeImplied(DirectoryFd parent, byte[] name) throws SyscallException {
        parent.makeDirectory(name, DEFAULT_PERMISSIONS);
        parent.chmodNode(name, DEFAULT_PERMISSIONS); // whatever our umask
    }

    /** Opens a directory that an entry describes, made or put in the place of what was there. */
    DirectoryFd describe(LayerPath path) throws IOException {
        described(path);
        if (path.isRoot()) {
            return open(path, NO_SYMLINKS);
        }
        var parent = parentOf(path);
        var name = path.nameBytes();
        if (!makeIfAbsent(parent, name)) {
            replaceByDirectory(parent, path);
        }
        return parent.openDirectory(name, NO_SYMLINKS);
    }

    private void replaceByDirectory(DirectoryFd parent, LayerPath path) throws IOException {
        var present = Whiteouts.status(parent, path.nameBytes());
        if (present.filter(each -> each.type() == FileType.DIRECTORY).isPresent()) {
            return;
        }
        if (present.filter(each -> !each.isWhiteout()).isPresent()) {
            replaced();
            parent.unlink(path.nameBytes());
            links.forget(path);
        }
        make(parent, path);
    }

    /** Creates something; what has its name, a whole tree perhaps, goes first. */
    void replace(LayerPath path, Creation creation) throws IOException {
        replacing(
                path,
                () -> {
                    creation.run();
                    return path;
                });
    }

    /** As {@link #replace}, and hands over what was created. */
    @CanIgnoreReturnValue
    <T> T replacing(LayerPath path, Opening<T> creation) throws IOException {
        try {
            return creation.run();
        } catch (SyscallException refused) {
            if (!refused.is(Errno.EEXIST)) {
                throw refused;
            }
        }
        replaced();
        FileTree.remove(parentOf(path), path.nameBytes());
        List.copyOf(path.below(undescribed)).forEach(this::described);
        described(path);
        links.forget(path);
        return creation.run();
    }

    private void described(LayerPath path) {
        if (undescribed.remove(path) && !path.isRoot()) {
            budget.remove(path);
        }
    }

    /** Sets the times of a directory, if it is still there. */
    void setTime(LayerPath path, Instant time) throws SyscallException {
        try (var directory = open(path, NO_SYMLINKS)) {
            directory.setTimes(time);
        } catch (SyscallException refused) {
            if (!isMissing(refused)) { // replaced, that is
                throw refused;
            }
        }
    }

    /** {@return whether a directory could not be opened because there is none} */
    static boolean isMissing(SyscallException refused) {
        return refused.is(Errno.ENOENT) || refused.is(Errno.ENOTDIR) || refused.is(Errno.ELOOP);
    }

    /** Lets go of the parent that is kept open. */
    @Override
    public void close() {
        if (last != null) {
            last.close();
            last = null;
        }
    }
}
