package io.demitasse.storage.layer;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.storage.FilesystemUsage;
import io.demitasse.storage.StoragePaths;
import io.demitasse.storage.Trash;
import io.demitasse.storage.reference.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The unpacked layers of all images, counted by how many images have them.
 *
 * <p><b>Threads.</b> {@code kept} and {@code total} are guarded by this; under the lock is at most
 * one rename. Unpacking happens outside of it.
 */
public final class LayerStore implements AutoCloseable {
    private static final String UNPACK = "unpack-";
    private static final int DIRECTORY_PERMISSIONS = 0700;
    private static final int DIFF_PERMISSIONS = 0755;
    private static final OpenHow CREATE = OpenHow.WRITE.create(0600).exclusive().noFollow();

    private final StoragePaths paths;
    private final DirectoryFd layers;
    private final Trash trash;
    private final LayerLimits limits;
    private final Map<ChainId, Kept> kept = new HashMap<>();
    private FilesystemUsage total = FilesystemUsage.NONE;

    /**
     * A layer of the store.
     *
     * @param durable whether it is known to be on the device
     */
    private record Kept(FilesystemUsage usage, int references, boolean durable) {
        Kept with(int chosen) {
            return new Kept(usage, chosen, durable);
        }

        Kept onDevice() {
            return new Kept(usage, references, true);
        }
    }

    private LayerStore(StoragePaths paths, DirectoryFd layers, Trash trash, LayerLimits limits) {
        this.paths = paths;
        this.layers = layers;
        this.trash = trash;
        this.limits = limits;
    }

    /** Opens the store; its layers are made known by {@link #adopt}, then {@link #collect}. */
    public static LayerStore open(StoragePaths paths, Trash trash, LayerLimits limits)
            throws SyscallException {
        return new LayerStore(paths, DirectoryFd.open(paths.layers()), trash, limits);
    }

    /** {@return whether a layer's directory exists; to be asked before it is adopted} */
    public boolean exists(ChainId chain) throws SyscallException {
        return layers.contains(chain.hex());
    }

    /** Counts an image's use of a layer that was here before the start. */
    public synchronized void adopt(ChainId chain, FilesystemUsage usage) {
        if (!acquire(chain)) {
            keep(chain, new Kept(usage, 1, true));
        }
    }

    /** Removes layers that nobody adopted. */
    public synchronized void collect() throws SyscallException {
        var known = new java.util.HashSet<String>();
        kept.keySet().forEach(chain -> known.add(chain.hex()));
        for (var entry : layers.list()) {
            if (!known.contains(entry.text())) {
                trash.discard(layers, entry.text());
            }
        }
    }

    /** Counts one more use of a layer; {@return whether there is such a layer} */
    public synchronized boolean acquire(ChainId chain) {
        var more = kept.computeIfPresent(chain, (_, layer) -> layer.with(layer.references + 1));
        return more != null;
    }

    /** {@return whether there is such a layer; that may change at once, unless it was acquired} */
    public synchronized boolean has(ChainId chain) {
        return kept.containsKey(chain);
    }

    /** Counts one use less; the layer goes with its last. */
    public synchronized void release(ChainId chain) throws SyscallException {
        var layer = kept.get(chain);
        if (layer == null) {
            throw new IllegalStateException("no such layer: " + chain);
        }
        if (layer.references > 1) {
            kept.put(chain, layer.with(layer.references - 1));
            return;
        }
        trash.discard(layers, chain.hex());
        kept.remove(chain);
        total = total.minus(layer.usage);
    }

    private void keep(ChainId chain, Kept layer) {
        kept.put(chain, layer);
        total = total.plus(layer.usage);
    }

    /**
     * Unpacks and verifies an archive, reading it to its end and closing it.
     *
     * @throws LayerException if the archive is to blame
     * @throws SyscallException if it could not be written
     */
    public UnpackedLayer unpack(InputStream archive, Digest diffId) throws IOException {
        return unpack(Channels.newChannel(archive), diffId);
    }

    /** As above, without a copy on the way. */
    public UnpackedLayer unpack(ReadableByteChannel archive, Digest diffId) throws IOException {
        return filled((layer, diff, hidden) -> unpack(archive, diffId, layer, diff, hidden));
    }

    /**
     * Makes a layer of one file, reading its contents to their end and closing them.
     *
     * @param path where in the layer, as an artifact says
     * @throws LayerException if the path is no good
     */
    public UnpackedLayer unpackFile(ReadableByteChannel contents, String path) throws IOException {
        return filled((layer, diff, _) -> {
            try (var written = skeleton(layer)) {
                FileLayer.write(contents, path, diff, limits, written);
                written.finish();
                return Unfinished.nothing();
            }
        });
    }

    /**
     * Puts files into a directory, notes what it hides by name, and returns what else it has to
     * leave to the layers below.
     */
    private interface Filling {
        Unfinished run(DirectoryFd layer, DirectoryFd diff, PathFile hidden) throws IOException;
    }

    private static SkeletonWriter skeleton(DirectoryFd layer) throws IOException {
        return new SkeletonWriter(layer.openFile(StoragePaths.SKELETON, CREATE));
    }

    private UnpackedLayer filled(Filling filling) throws IOException {
        var name = UNPACK + UUID.randomUUID();
        try (var directory = make(trash.directory(), name, DIRECTORY_PERMISSIONS)) {
            // Closed by whoever gets the layer.
            var diff = make(directory, StoragePaths.DIFF, DIFF_PERMISSIONS);
            PathFile hidden = null;
            try {
                diff.chmod(DIFF_PERMISSIONS); // whatever our umask
                hidden = new PathFile(diff);
                var unfinished = filling.run(directory, diff, hidden);
                var usage = TreeUsage.of(directory);
                return new UnpackedLayer(this, name, diff, unfinished, hidden, usage);
            } catch (IOException | RuntimeException failure) {
                diff.close();
                if (hidden != null) {
                    hidden.close();
                }
                throw failure;
            }
        } catch (IOException | RuntimeException failure) {
            discard(name, failure);
            throw failure;
        }
    }

    private Unfinished unpack(
            ReadableByteChannel archive,
            Digest diffId,
            DirectoryFd directory,
            DirectoryFd diff,
            PathFile hidden)
            throws IOException {
        try (var tar = LayerPipe.start(archive, limits.bytes());
                var skeleton = skeleton(directory);
                var unpacker = new LayerUnpacker(diff, limits, skeleton, Optional.of(hidden))) {
            tar.tell(skeleton);
            unpacker.unpack(new TarReader(tar));
            var actual = tar.finish();
            skeleton.finish();
            if (unpacker.hasReplaced()) {
                directory.unlink(StoragePaths.SKELETON);
            }
            if (!actual.equals(diffId)) {
                throw new LayerException(
                        "the unpacked layer is " + actual + ", but its image says " + diffId);
            }
            return unpacker.unfinished();
        }
    }

    private static DirectoryFd make(DirectoryFd parent, String name, int permissions)
            throws SyscallException {
        parent.makeDirectory(name, permissions);
        return parent.openDirectory(
                name.getBytes(java.nio.charset.StandardCharsets.UTF_8), OpenHow.READ.noSymlinks());
    }

    private void discard(String name, Exception failure) {
        try {
            trash.discard(trash.directory(), name);
        } catch (SyscallException also) {
            failure.addSuppressed(also);
        }
    }

    /**
     * Puts a layer into the store. Nobody uses it yet; it stays until somebody has, and has
     * released it. A power cut may lose it until {@link #sync} has returned.
     *
     * @param lower the layers below it, bottom first, which are in the store
     * @throws LayerException if it links to what none of them has
     */
    public void commit(UnpackedLayer layer, ChainId chain, List<ChainId> lower) throws IOException {
        layer.complete(diffs(lower));
        synchronized (this) {
            trash.directory().rename(layer.name(), layers, chain.hex());
            keep(chain, new Kept(layer.usage(), 0, false));
        }
    }

    /**
     * Returns when these layers are on the device, with all that they have. Once for an image: the
     * filesystem writes out what is there, whoever wrote it, and a layer may as well have been
     * another pull's.
     */
    public void sync(List<ChainId> chains) throws SyscallException {
        if (areDurable(chains)) {
            return;
        }
        layers.syncFilesystem();
        synchronized (this) {
            chains.forEach(chain -> kept.computeIfPresent(chain, (_, layer) -> layer.onDevice()));
        }
    }

    private synchronized boolean areDurable(List<ChainId> chains) {
        return chains.stream().map(kept::get).allMatch(layer -> layer != null && layer.durable);
    }

    /**
     * Puts a layer in the place of one of the same name, atomically, and returns when that is on
     * the device. Whoever has the old one mounted goes on with what is left of it.
     */
    public void replace(UnpackedLayer layer, ChainId chain) throws SyscallException {
        trash.directory().exchange(layer.name(), layers, chain.hex());
        layers.sync();
    }

    /**
     * Compares a layer with the archive that it came from.
     *
     * @param lower the layers below it, bottom first
     * @return what differs, or empty if there is nothing to compare it with
     */
    public Optional<List<LayerDifference>> check(ChainId chain, Digest diffId, List<ChainId> lower)
            throws IOException {
        try (var layer = layers.openDirectory(chain.hex());
                var diff = layer.openDirectory(StoragePaths.DIFF)) {
            if (!layer.contains(StoragePaths.SKELETON)) {
                return Optional.empty();
            }
            var skeleton = layer.openFile(StoragePaths.SKELETON, OpenHow.READ.noFollow());
            try (var below = LayerStack.open(diffs(lower))) {
                return Optional.of(new LayerCheck(diff, below).run(skeleton, diffId));
            }
        } catch (SyscallException refused) {
            if (refused.is(Errno.ENOENT)) {
                return Optional.of(List.of(new LayerDifference("", "its directory is gone")));
            }
            throw refused;
        }
    }

    /**
     * Puts a layer's archive together again, uncompressed.
     *
     * @return a stream that throws instead of ending if it is not what was unpacked, or empty if it
     *     cannot be done
     */
    public Optional<InputStream> rebuild(ChainId chain, Digest diffId) throws IOException {
        try (var layer = layers.openDirectory(chain.hex())) {
            if (!layer.contains(StoragePaths.SKELETON)) {
                return Optional.empty();
            }
            var skeleton = layer.openFile(StoragePaths.SKELETON, OpenHow.READ.noFollow());
            var diff = layer.openDirectory(StoragePaths.DIFF);
            return Optional.of(new VerifiedArchive(skeleton, diff, diffId));
        }
    }

    /** {@return the directories of layers, topmost first, of layers bottom first} */
    public List<Path> diffs(List<ChainId> bottomFirst) {
        return bottomFirst.reversed().stream().map(chain -> paths.diff(chain.hex())).toList();
    }

    /** {@return what one layer takes} */
    public synchronized FilesystemUsage usage(ChainId chain) {
        var layer = kept.get(chain);
        return layer == null ? FilesystemUsage.NONE : layer.usage;
    }

    /** {@return what all layers take} */
    public synchronized FilesystemUsage usage() {
        return total;
    }

    void abandon(UnpackedLayer layer) {
        try {
            trash.discard(trash.directory(), layer.name());
        } catch (SyscallException refused) {
            if (!refused.is(Errno.ENOENT)) {
                return; // it stays in ingest, which the next start empties
            }
        }
    }

    @Override
    public void close() {
        layers.close();
    }
}
