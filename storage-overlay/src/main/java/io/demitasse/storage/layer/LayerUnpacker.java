package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.ExtendedAttributes;
import io.demitasse.linux.file.FileFd;
import io.demitasse.linux.file.FileStatus.Device;
import io.demitasse.linux.file.FileType;
import io.demitasse.linux.file.OpenHow;
import java.io.IOException;
import java.util.Optional;

/**
 * Puts the entries of one archive into a directory.
 *
 * <p>Confined to one thread, which closes it. After an exception the directory is to be thrown
 * away.
 */
final class LayerUnpacker implements AutoCloseable {
    private static final OpenHow CREATE =
            OpenHow.WRITE.create(0600).exclusive().noFollow().noSymlinks();
    private static final OpenHow NO_SYMLINKS = OpenHow.READ.noSymlinks();

    private final LayerDirectories directories;
    private final LayerLimits limits;
    private final ContentsListener listener;
    private final Whiteouts whiteouts;
    private final PathFile times; // of directories: whatever is created in one changes its own
    private long entries;
    private long bytes;

    /** Borrows the directory, which must be empty. */
    LayerUnpacker(DirectoryFd root, LayerLimits limits) throws SyscallException {
        this(root, limits, ContentsListener.NONE, Optional.empty());
    }

    /**
     * As above, telling which contents go where.
     *
     * @param hidden where to note what is hidden by name, if anybody wants to know; borrowed
     */
    LayerUnpacker(
            DirectoryFd root,
            LayerLimits limits,
            ContentsListener listener,
            Optional<PathFile> hidden)
            throws SyscallException {
        this.times = new PathFile(root);
        this.listener = listener;
        this.directories = new LayerDirectories(root);
        this.whiteouts = new Whiteouts(directories, hidden);
        this.limits = limits;
    }

    /** Unpacks all entries of an archive. */
    void unpack(TarReader archive) throws IOException {
        for (var entry = archive.next(); entry.isPresent(); entry = archive.next()) {
            add(entry.get(), archive);
        }
        times.forEach(directories::setTime); // of several, the last one stays
    }

    /** {@return what only the layers below can complete} */
    Unfinished unfinished() {
        return new Unfinished(
                directories.undescribed(), directories.links(), whiteouts.opaqueRoot());
    }

    /** {@return whether an entry took the place of an earlier one, whose contents are gone} */
    boolean hasReplaced() {
        return directories.hasReplaced();
    }

    private void add(TarEntry entry, TarReader archive) throws IOException {
        entries++;
        if (entries > limits.entries()) {
            throw new LayerException("more than " + limits.entries() + " entries");
        }
        var path = LayerPath.parse(entry.name);
        try {
            path = directories.resolve(path);
            if (path.isRoot()) {
                describeRoot(entry);
            } else if (path.name().startsWith(Whiteouts.PREFIX)) {
                whiteouts.apply(path);
            } else {
                create(entry, path, archive);
            }
        } catch (SyscallException refused) {
            throw blame(refused, path);
        }
    }

    /** What the kernel refuses is either the archive's fault, or our disk's. */
    static IOException blame(SyscallException refused, LayerPath path) {
        return switch (refused.errno()) {
            case Errno.ELOOP ->
                    new LayerException(
                            "entry " + path + " would be written through a symbolic link", refused);
            case Errno.ENOENT,
                    Errno.ENOTDIR,
                    Errno.EISDIR,
                    Errno.EINVAL,
                    Errno.EXDEV,
                    Errno.EEXIST,
                    Errno.EMLINK,
                    Errno.EPERM,
                    Errno.ENAMETOOLONG ->
                    new LayerException("entry " + path + " cannot be unpacked", refused);
            default -> refused;
        };
    }

    private void create(TarEntry entry, LayerPath path, TarReader archive) throws IOException {
        switch (entry.type) {
            case TarEntry.REGULAR -> createFile(entry, path, archive);
            case TarEntry.DIRECTORY -> createDirectory(entry, path);
            case TarEntry.SYMBOLIC_LINK -> createSymbolicLink(entry, path);
            case TarEntry.HARD_LINK -> createHardLink(entry, path);
            case TarEntry.CHARACTER_DEVICE -> createNode(entry, path, FileType.CHARACTER_DEVICE);
            case TarEntry.BLOCK_DEVICE -> createNode(entry, path, FileType.BLOCK_DEVICE);
            case TarEntry.FIFO -> createNode(entry, path, FileType.FIFO);
            default ->
                    throw new LayerException(
                            "entry " + path + " is of unsupported type '" + entry.type + "'");
        }
    }

    private void createFile(TarEntry entry, LayerPath path, TarReader archive) throws IOException {
        bytes += entry.sizeBytes;
        if (bytes > limits.bytes()) {
            throw new LayerException("more than " + limits.bytes() + " bytes unpacked");
        }
        var parent = directories.parentOf(path);
        try (var file =
                directories.replacing(path, () -> parent.openFile(path.nameBytes(), CREATE))) {
            if (entry.sparse.isPresent()) {
                writePieces(archive, entry.sparse.get(), file, path);
                file.truncate(entry.sizeBytes);
            } else {
                listener.begin(path);
                write(archive, entry.sizeBytes, file);
                listener.end();
            }
            // In this order: a change of owner clears capabilities and the setuid bit.
            file.chown(entry.uid, entry.gid);
            setAttributes(file.attributes(), entry, FileType.REGULAR);
            file.chmod(entry.mode);
            file.setTimes(entry.modified);
        }
    }

    private void writePieces(TarReader archive, SparseMap map, FileFd file, LayerPath path)
            throws IOException {
        for (int i = 0; i < map.count(); i++) {
            listener.beginPiece(path, map.offset(i));
            file.seek(map.offset(i));
            write(archive, map.length(i), file);
            listener.end();
        }
    }

    private static void write(TarReader archive, long count, FileFd file) throws IOException {
        long left = count;
        for (var part = archive.contents(left); part.isPresent(); part = archive.contents(left)) {
            left -= part.get().remaining();
            file.write(part.get());
        }
    }

    private void createDirectory(TarEntry entry, LayerPath path) throws IOException {
        try (var directory = directories.describe(path)) {
            describe(entry, directory);
        }
        times.add(path, entry.modified);
    }

    private void describeRoot(TarEntry entry) throws IOException {
        if (entry.type != TarEntry.DIRECTORY) {
            throw new LayerException("the archive's root is not a directory");
        }
        try (var directory = directories.describe(LayerPath.ROOT)) {
            describe(entry, directory);
        }
        times.add(LayerPath.ROOT, entry.modified);
    }

    private static void describe(TarEntry entry, DirectoryFd directory) throws SyscallException {
        directory.chown(entry.uid, entry.gid);
        setAttributes(directory.attributes(), entry, FileType.DIRECTORY);
        directory.chmod(entry.mode);
    }

    private void createSymbolicLink(TarEntry entry, LayerPath path) throws IOException {
        if (new String(entry.link, ISO_8859_1).indexOf('\0') >= 0) {
            throw new LayerException("entry " + path + " links to a name with NUL");
        }
        var parent = directories.parentOf(path);
        var name = path.nameBytes();
        directories.replace(path, () -> parent.makeSymbolicLink(name, entry.link));
        parent.chown(name, entry.uid, entry.gid);
        parent.setTimes(name, entry.modified);
    }

    private void createNode(TarEntry entry, LayerPath path, FileType type) throws IOException {
        var parent = directories.parentOf(path);
        var name = path.nameBytes();
        var device = new Device(entry.major, entry.minor);
        directories.replace(path, () -> parent.makeNode(name, type, 0, device));
        parent.chown(name, entry.uid, entry.gid);
        parent.chmodNode(name, entry.mode);
        parent.setTimes(name, entry.modified);
    }

    /** Both ends are single names in directories opened beneath the root without links. */
    private void createHardLink(TarEntry entry, LayerPath path) throws IOException {
        var target = directories.follow(LayerPath.parse(entry.link));
        if (target.isRoot() || target.equals(path)) {
            throw new LayerException("entry " + path + " is a hard link to itself or the root");
        }
        var parent = directories.parentOf(path);
        try (var targetParent = directories.open(target.parent(), NO_SYMLINKS)) {
            if (Whiteouts.isWhiteout(targetParent, target.nameBytes())) {
                throw LowerLinks.missing(path, target);
            }
            directories.replace(
                    path, () -> targetParent.link(target.nameBytes(), parent, path.nameBytes()));
        } catch (SyscallException refused) {
            if (!refused.is(Errno.ENOENT)) {
                throw refused;
            }
            directories.links().add(path, target, directories);
        }
    }

    /**
     * Only what an image may decide: {@code trusted.*} and {@code user.overlay.*} would speak to
     * overlayfs, {@code security.*} other than capabilities to a security module.
     */
    private static void setAttributes(ExtendedAttributes file, TarEntry entry, FileType type)
            throws SyscallException {
        for (var attribute : entry.attributes.entrySet()) {
            var name = attribute.getKey();
            if (maySet(name, type)) {
                set(file, name, attribute.getValue());
            }
        }
    }

    static boolean maySet(String attribute, FileType type) {
        boolean capability = attribute.equals("security.capability") && type == FileType.REGULAR;
        boolean own = attribute.startsWith("user.") && !attribute.startsWith("user.overlay.");
        return capability || own;
    }

    private static void set(ExtendedAttributes file, String name, byte[] value)
            throws SyscallException {
        try {
            file.set(name, value);
        } catch (SyscallException refused) {
            if (!refused.is(Errno.EOPNOTSUPP)) { // the filesystem has no such attributes
                throw refused;
            }
        }
    }

    @Override
    public void close() {
        directories.close();
        times.close();
    }
}
