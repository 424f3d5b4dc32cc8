package io.demitasse.storage.layer;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryEntry;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.ExtendedAttributes;
import io.demitasse.linux.file.FileFd;
import io.demitasse.linux.file.FileStatus;
import io.demitasse.linux.file.FileType;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.linux.hash.Sha256;
import io.demitasse.storage.reference.Digest;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.ZipException;

/**
 * Compares a layer with the archive that it came from.
 *
 * <p>The archive is put together again from the layer's skeleton and files; its digest proves both.
 * On the way each entry's attributes are compared, and afterwards whatever has no entry is found.
 * Times are not compared: not every filesystem keeps them as they were set.
 */
final class LayerCheck {
    private static final int MAX_DIFFERENCES = 1_000;
    private static final int BUFFER_BYTES = 1 << 16;
    private static final OpenHow READ =
            OpenHow.READ.noFollow().noSymlinks().sameMount().nonBlocking();

    private final DirectoryFd diff;
    private final LayerStack lower;
    private final List<LayerDifference> differences = new ArrayList<>();
    private final Map<LayerPath, TarEntry> directories = new HashMap<>();
    private final Set<LayerPath> parents = new HashSet<>(Set.of(LayerPath.ROOT));
    private final Set<LayerPath> whiteouts = new HashSet<>();
    private final Set<LayerPath> opaque = new HashSet<>();
    private final PathSet others = new PathSet();
    private boolean opaqueRoot; // each name of the layers below is hidden by itself

    /** Borrows both. */
    LayerCheck(DirectoryFd diff, LayerStack lower) {
        this.diff = diff;
        this.lower = lower;
    }

    /** {@return what is not as it was unpacked}; takes ownership of the skeleton's file. */
    List<LayerDifference> run(FileFd skeleton, Digest diffId) throws IOException {
        try (var rebuilt = new RebuiltArchive(skeleton, diff, this::found)) {
            var file = rebuilt.onlyFile();
            var actual = file.isPresent() ? hash(rebuilt, file.get()) : compareEntries(rebuilt);
            if (differences.isEmpty() && !actual.equals(diffId)) {
                found(LayerPath.ROOT, "is now " + actual + ", not " + diffId);
            }
        } catch (ZipException | EOFException | LayerException damaged) {
            found(LayerPath.ROOT, "has a damaged skeleton: " + damaged.getMessage());
            return List.copyOf(differences);
        }
        compareDirectories();
        compareWhiteouts();
        others.finish();
        walk();
        return List.copyOf(differences);
    }

    private Digest compareEntries(RebuiltArchive rebuilt) throws IOException {
        try (var archive = LayerPipe.start(Channels.newChannel(rebuilt), Long.MAX_VALUE)) {
            var entries = new TarReader(archive);
            for (var entry = entries.next(); entry.isPresent(); entry = entries.next()) {
                compare(entry.get());
            }
            return archive.finish();
        }
    }

    /** What is in a file of an artifact is nobody's business. */
    private Digest hash(RebuiltArchive rebuilt, LayerPath path) throws IOException {
        compare(fileOf(path));
        var buffer = ByteBuffer.allocate(BUFFER_BYTES);
        try (var hash = Sha256.begin();
                var contents = Channels.newChannel(rebuilt)) {
            while (contents.read(buffer.clear()) >= 0) {
                hash.update(buffer.flip());
            }
            return Digest.of(hash);
        }
    }

    /** {@return an entry for what has none: a file of an artifact} */
    private TarEntry fileOf(LayerPath path) {
        var entry = new TarEntry();
        entry.name = path.openable();
        entry.type = TarEntry.REGULAR;
        entry.mode = FileLayer.PERMISSIONS;
        try (var file = diff.openFile(path.openable(), READ)) {
            entry.sizeBytes = file.status().sizeBytes(); // compared with its contents
        } catch (SyscallException gone) {
            return entry; // which is found when it is read
        }
        return entry;
    }

    /** On either thread: files are read by that which decompresses. */
    private synchronized void found(LayerPath path, String what) {
        if (differences.size() < MAX_DIFFERENCES) {
            differences.add(new LayerDifference(path.isRoot() ? "" : path.text(), what));
        }
    }

    private void compare(TarEntry entry) throws IOException {
        var path = LayerLinks.resolve(diff, LayerPath.parse(entry.name));
        if (path.isRoot()) {
            directories.put(path, entry);
            return;
        }
        for (var up = path.parent(); parents.add(up); up = up.parent()) {
            // up to one that is known, the root at the latest
        }
        if (path.name().startsWith(Whiteouts.PREFIX)) {
            Whiteouts.hidden(path).ifPresent(whiteouts::add);
            if (Whiteouts.isOpaque(path) && path.parent().isRoot()) {
                opaqueRoot = true;
            } else if (Whiteouts.isOpaque(path)) {
                opaque.add(path.parent());
            }
        } else if (entry.type == TarEntry.DIRECTORY) {
            directories.put(path, entry);
        } else {
            others.add(path);
            compareFile(entry, path);
        }
    }

    private void compareFile(TarEntry entry, LayerPath path) throws IOException {
        try (var parent =
                diff.openDirectory(path.parent().openable(), LayerDirectories.NO_SYMLINKS)) {
            var status = Whiteouts.status(parent, path.nameBytes());
            if (status.isEmpty()) {
                found(path, "is missing");
            } else if (entry.type == TarEntry.HARD_LINK) {
                compareLink(entry, path, status.get());
            } else {
                compareFile(entry, path, parent, status.get());
            }
        } catch (SyscallException refused) {
            found(path, "cannot be looked at: " + refused.getMessage());
        }
    }

    /**
     * What has the other name now need not have had it when the link was made, if the layers below
     * have it, too: then it is a copy of theirs.
     */
    private void compareLink(TarEntry entry, LayerPath path, FileStatus status) throws IOException {
        var target = LayerLinks.resolve(diff, LayerPath.parse(entry.link));
        if (inode(target).filter(each -> each == status.inode()).isPresent()) {
            return;
        }
        boolean below =
                lower.visit(
                        target,
                        (parent, original) -> {
                            if (!new LowerCopy(diff, path, status).isOf(parent, target, original)) {
                                found(path, "is no copy of " + target + " of the layers below");
                            }
                        });
        if (!below) {
            found(path, "is no hard link to " + target);
        }
    }

    private Optional<Long> inode(LayerPath path) throws SyscallException {
        try (var parent =
                diff.openDirectory(path.parent().openable(), LayerDirectories.NO_SYMLINKS)) {
            return Whiteouts.status(parent, path.nameBytes()).map(FileStatus::inode);
        } catch (SyscallException refused) {
            if (LayerDirectories.isMissing(refused)) {
                return Optional.empty();
            }
            throw refused;
        }
    }

    private void compareFile(TarEntry entry, LayerPath path, DirectoryFd parent, FileStatus status)
            throws IOException {
        var type = type(entry);
        if (status.type() != type) {
            found(path, "is of type " + status.type() + ", not " + type);
            return;
        }
        compareOwner(path, status, entry.uid, entry.gid);
        if (type == FileType.SYMBOLIC_LINK) {
            if (!Arrays.equals(parent.readLink(path.nameBytes()), entry.link)) {
                found(path, "points elsewhere");
            }
            return;
        }
        compareMode(path, status, entry.mode);
        if (type == FileType.REGULAR) {
            if (status.sizeBytes() != entry.sizeBytes) {
                found(path, "has " + status.sizeBytes() + " bytes, not " + entry.sizeBytes);
            }
            try (var file = parent.openFile(path.nameBytes(), READ)) {
                compareAttributes(path, file.attributes(), entry, type);
                if (entry.sparse.isPresent() && !Holes.areZero(file, entry.sparse.get())) {
                    found(path, "has contents where it should have none");
                }
            }
        } else if (type != FileType.FIFO
                && !status.node().equals(new FileStatus.Device(entry.major, entry.minor))) {
            found(path, "is another device");
        }
    }

    private static FileType type(TarEntry entry) {
        return switch (entry.type) {
            case TarEntry.SYMBOLIC_LINK -> FileType.SYMBOLIC_LINK;
            case TarEntry.CHARACTER_DEVICE -> FileType.CHARACTER_DEVICE;
            case TarEntry.BLOCK_DEVICE -> FileType.BLOCK_DEVICE;
            case TarEntry.FIFO -> FileType.FIFO;
            default -> FileType.REGULAR;
        };
    }

    private void compareOwner(LayerPath path, FileStatus status, int uid, int gid) {
        if (status.uid() != uid || status.gid() != gid) {
            found(
                    path,
                    "belongs to %d:%d, not %d:%d".formatted(status.uid(), status.gid(), uid, gid));
        }
    }

    private void compareMode(LayerPath path, FileStatus status, int mode) {
        if (status.mode() != (mode & 07777)) {
            found(path, "has mode %04o, not %04o".formatted(status.mode(), mode & 07777));
        }
    }

    private void compareAttributes(
            LayerPath path, ExtendedAttributes actual, TarEntry entry, FileType type)
            throws SyscallException {
        var expected = new TreeMap<String, byte[]>();
        for (var attribute : entry.attributes.entrySet()) {
            if (LayerUnpacker.maySet(attribute.getKey(), type)) {
                expected.put(attribute.getKey(), attribute.getValue());
            }
        }
        try {
            for (var attribute : expected.entrySet()) {
                var value = actual.get(attribute.getKey());
                if (value.isEmpty() || !Arrays.equals(value.get(), attribute.getValue())) {
                    found(path, "has another attribute " + attribute.getKey());
                }
            }
            for (var name : actual.names()) {
                if (LayerUnpacker.maySet(name, type) && !expected.containsKey(name)) {
                    found(path, "has an attribute " + name);
                }
            }
        } catch (SyscallException refused) {
            if (!refused.is(Errno.EOPNOTSUPP)) { // then there were none to set
                throw refused;
            }
        }
    }

    private void compareDirectories() throws IOException {
        parents.addAll(directories.keySet());
        for (var path : parents) {
            try (var directory =
                    diff.openDirectory(path.openable(), LayerDirectories.NO_SYMLINKS)) {
                var described = directories.get(path);
                if (described != null) {
                    compareOwner(path, directory.status(), described.uid, described.gid);
                    compareMode(path, directory.status(), described.mode);
                    compareAttributes(path, directory.attributes(), described, FileType.DIRECTORY);
                } else {
                    compareInherited(path, directory.status());
                }
                if (Whiteouts.isOpaque(directory) != isOpaque(path)) {
                    found(path, "hides, or does not hide, what is below it");
                }
            } catch (SyscallException refused) {
                found(path, "is missing or no directory: " + refused.getMessage());
            }
        }
    }

    private boolean isOpaque(LayerPath path) throws SyscallException {
        boolean byRoot = opaqueRoot && !path.isRoot() && path.parent().isRoot() && lower.has(path);
        return byRoot || opaque.contains(path) || whiteouts.contains(path);
    }

    /** One that no entry describes is as those below have it, or a plain one. */
    private void compareInherited(LayerPath path, FileStatus status) throws SyscallException {
        var below = lower.directory(path);
        if (below.isPresent()) {
            compareOwner(path, status, below.get().uid(), below.get().gid());
            compareMode(path, status, below.get().mode());
        } else {
            compareOwner(path, status, 0, 0);
            compareMode(path, status, LayerDirectories.DEFAULT_PERMISSIONS);
        }
    }

    private void compareWhiteouts() throws IOException {
        others.finish();
        for (var path : whiteouts) {
            if (parents.contains(path) || others.contains(path)) {
                continue;
            }
            others.add(path);
            boolean needed = Whiteouts.isNeeded(path, diff, lower);
            try (var parent =
                    diff.openDirectory(path.parent().openable(), LayerDirectories.NO_SYMLINKS)) {
                boolean there = Whiteouts.isWhiteout(parent, path.nameBytes());
                if (needed && !there) {
                    found(path, "does not hide what is below it");
                } else if (there && !needed) {
                    found(path, "hides what no layer has");
                }
            } catch (SyscallException refused) {
                found(path, "cannot be looked at: " + refused.getMessage());
            }
        }
    }

    /** Finds what has no entry. */
    private void walk() throws SyscallException {
        var waiting = new ArrayDeque<LayerPath>(List.of(LayerPath.ROOT));
        for (var path = waiting.poll(); path != null; path = waiting.poll()) {
            for (var entry : list(path)) {
                var child = path.child(entry.name());
                if (parents.contains(child)) {
                    waiting.push(child);
                } else if (!others.contains(child)
                        && !(opaqueRoot && path.isRoot() && isWhiteout(entry.name()))) {
                    found(child, "does not belong there");
                }
            }
        }
    }

    private boolean isWhiteout(byte[] name) throws SyscallException {
        return Whiteouts.status(diff, name).filter(FileStatus::isWhiteout).isPresent();
    }

    private List<DirectoryEntry> list(LayerPath path) throws SyscallException {
        try (var directory = diff.openDirectory(path.openable(), LayerDirectories.NO_SYMLINKS)) {
            return directory.list();
        } catch (SyscallException gone) {
            if (gone.is(Errno.ENOENT) || gone.is(Errno.ENOTDIR) || gone.is(Errno.ELOOP)) {
                return List.of(); // which was said already
            }
            throw gone;
        }
    }
}
