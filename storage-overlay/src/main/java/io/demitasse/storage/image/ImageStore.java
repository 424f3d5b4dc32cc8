package io.demitasse.storage.image;

import io.demitasse.linux.SyscallException;
import io.demitasse.storage.FilesystemUsage;
import io.demitasse.storage.StoragePaths;
import io.demitasse.storage.Trash;
import io.demitasse.storage.layer.ChainId;
import io.demitasse.storage.layer.LayerLimits;
import io.demitasse.storage.layer.LayerStore;
import io.demitasse.storage.progress.PullMeter;
import io.demitasse.storage.progress.PullMeters;
import io.demitasse.storage.progress.PullProgress;
import io.demitasse.storage.progress.PullTotals;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.ImageSource;
import io.demitasse.storage.registry.KeptBlobs;
import io.demitasse.storage.registry.PartialBlobs;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.RegistryAccess;
import io.demitasse.storage.registry.RegistrySource;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The images of a node.
 *
 * {@snippet :
 * try (var images = ImageStore.open(root); var snapshots = Snapshots.open(root, images)) {
 *     var image = images.pull(PullRequest.of(Reference.parse("busybox")));
 *     snapshots.create(containerId, image);
 * }
 * }
 *
 * <p><b>Threads.</b> {@code catalog} is replaced as a whole, so reading takes no lock. Changes are
 * made one at a time under this; {@code holds} has a lock of its own, because whoever creates a
 * container must not wait for a record to reach the disk. Locks are taken in that order.
 */
public final class ImageStore implements AutoCloseable {
    private static final String STANDARD_INPUT = "standard input"; // of whoever sends an archive

    private final RegistryAccess registries;
    private final Trash trash;
    private final LayerStore layers;
    private final RecordFiles files;
    private final PartialBlobs partials;
    private final KeptBlobs blobs;
    private final ImageConfigs configs;
    private final LongAdder pushedBytes = new LongAdder();
    private final PullMeters meters = new PullMeters();
    private final SharedPulls pulls = new SharedPulls();
    private final Flights<ChainId, ChainId> unpackings = new Flights<>();
    private final Map<String, ImageRecord> removedButHeld = new ConcurrentHashMap<>();
    private final ImageHolds holds = new ImageHolds();
    private volatile ImageCatalog catalog = ImageCatalog.EMPTY;

    private ImageStore(
            RegistryAccess registries,
            Trash trash,
            LayerStore layers,
            RecordFiles files,
            PartialBlobs partials,
            KeptBlobs blobs) {
        this.blobs = blobs;
        this.partials = partials;
        this.registries = registries;
        this.trash = trash;
        this.layers = layers;
        this.files = files;
        this.configs = new ImageConfigs(files);
    }

    /** Opens or creates a store below a directory, which no other process uses meanwhile. */
    public static ImageStore open(Path root) throws IOException {
        return open(root, RegistryAccess.standard());
    }

    /** As {@link #open(Path)}, with registries reached in another way. */
    public static ImageStore open(Path root, RegistryAccess registries) throws IOException {
        return open(root, registries, false);
    }

    /**
     * As above.
     *
     * @param keepsBlobs whether layers are kept as the registry has them, too
     */
    public static ImageStore open(Path root, RegistryAccess registries, boolean keepsBlobs)
            throws IOException {
        var paths = new StoragePaths(root);
        for (var directory :
                List.of(
                        paths.quarantine(),
                        paths.content(),
                        paths.layers(),
                        paths.ingest(),
                        paths.blobs(),
                        paths.partial())) {
            Files.createDirectories(directory);
        }
        var trash = Trash.open(paths.ingest());
        var layers = LayerStore.open(paths, trash, LayerLimits.DEFAULT);
        var blobs = KeptBlobs.open(paths.blobs(), keepsBlobs);
        var partials = PartialBlobs.open(paths.partial(), InstantSource.system(), blobs);
        var files = RecordFiles.open(paths);
        var store = new ImageStore(registries, trash, layers, files, partials, blobs);
        store.load();
        return store;
    }

    private synchronized void load() throws SyscallException {
        for (var record : files.load(layers)) {
            record.layers().forEach(layer -> layers.adopt(layer.chain(), layer.usage()));
            if (record.removed()) {
                removedButHeld.put(record.image().id(), record);
            } else {
                catalog = catalog.with(record);
            }
        }
        layers.collect();
        blobs.retain(blobsWithout(""));
    }

    /** {@return the blobs that images have, one image left out} */
    private Set<Digest> blobsWithout(String id) {
        return Stream.concat(catalog.byId().values().stream(), removedButHeld.values().stream())
                .filter(record -> !record.image().id().equals(id))
                .flatMap(record -> record.layers().stream())
                .map(LayerRecord::blob)
                .collect(Collectors.toSet());
    }

    /** {@return a layer as its registry had it, if such are kept} */
    public Optional<Path> blob(Digest digest) {
        return blobs.find(digest);
    }

    /** {@return records that could not be read when the store was opened} */
    public List<Quarantined> quarantined() {
        return files.quarantined();
    }

    /**
     * Gets an image from its registry, or what is new about it. Survives a power cut.
     *
     * <p>Who interrupts the thread ends the pull, unless others wait for it. What has come so far
     * is kept for the next.
     */
    public Image pull(PullRequest request) throws PullException {
        var reference = request.reference();
        try {
            partials.removeOld();
            return pulls.join(request, () -> pullAlone(request));
        } catch (IOException failure) {
            throw ImageFetch.explained(failure, reference.toString());
        }
    }

    private Image pullAlone(PullRequest request) throws IOException {
        var reference = request.reference();
        try (var meter = meters.begin(reference.toString())) {
            var source = RegistrySource.of(reference, request.credential(), registries, partials);
            return fetch(source, meter).from(request.platform(), List.of(reference));
        }
    }

    /** {@return how far the pulls are that are under way, in the order in which they began} */
    public List<PullProgress> pulls() {
        return meters.pulls();
    }

    /** {@return what all pulls since the store was opened have come to} */
    public PullTotals pullTotals() {
        return meters.totals();
    }

    /**
     * Takes images from an OCI layout or a docker-archive, a directory or tar. Without a name each
     * gets the one that it has there, if that is a full one.
     *
     * @throws IllegalArgumentException if the name given is not one
     */
    public List<Image> loadAll(Path source, Optional<String> name) throws PullException {
        try (var meter = new PullMeters().begin(source.toString())) {
            return new ImageLoad(trash, from -> fetch(from, meter))
                    .load(source, name.map(Reference::parse));
        } catch (IOException failure) {
            throw ImageFetch.explained(failure, source.toString());
        }
    }

    /** As above, from a tar that somebody sends; it is read to its end and closed. */
    public List<Image> loadAll(ReadableByteChannel tar, Optional<String> name)
            throws PullException {
        try (var meter = new PullMeters().begin(STANDARD_INPUT)) {
            return new ImageLoad(trash, from -> fetch(from, meter))
                    .load(tar, STANDARD_INPUT, name.map(Reference::parse));
        } catch (IOException failure) {
            throw ImageFetch.explained(failure, STANDARD_INPUT);
        }
    }

    /** As {@link #loadAll}; {@return the first} */
    public Image load(Path source, Optional<String> name) throws PullException {
        return loadAll(source, name).getFirst();
    }

    /** {@return how registries are reached} */
    public RegistryAccess registries() {
        return registries;
    }

    /** {@return what counts the bytes that pushes have sent} */
    LongAdder pushedBytes() {
        return pushedBytes;
    }

    /** {@return what the store is made of} */
    StoreParts parts() {
        return new StoreParts(registries, trash, layers, files, partials, blobs);
    }

    /** {@return the records of all images that have layers here, removed ones in use among them} */
    List<ImageRecord> records() {
        var all = new ArrayList<>(catalog.byId().values());
        all.addAll(removedButHeld.values());
        return all;
    }

    ImageRecord record(Image image) throws PullException {
        return Optional.ofNullable(catalog.byId().get(image.id()))
                .orElseThrow(() ->
                        new PullException(
                                PullException.Reason.NOT_FOUND,
                                "image " + image.id() + " was removed"));
    }

    /** {@return what containers and others use an image} */
    ImageHolds holds() {
        return holds;
    }

    /** Gives an image one more tag; another image that had it loses it. */
    public synchronized void tag(Image image, Reference name) throws IOException {
        var tag =
                name.tagged()
                        .filter(_ -> name.digest().isEmpty())
                        .orElseThrow(() ->
                                new IllegalArgumentException("\"" + name + "\" is not a tag"));
        takeAway(tag, image.id());
        var old = record(image);
        rename(
                old,
                union(old.image().repositoryTags(), List.of(tag)),
                old.image().repositoryDigests());
    }

    /** Adds a name with digest, under which a registry has the image. */
    synchronized void addName(String id, String nameWithDigest) throws SyscallException {
        var old = catalog.byId().get(id);
        if (old != null) {
            rename(
                    old,
                    old.image().repositoryTags(),
                    union(old.image().repositoryDigests(), List.of(nameWithDigest)));
        }
    }

    private void rename(ImageRecord old, List<String> tags, List<String> digests)
            throws SyscallException {
        var changed = old.named(tags, digests);
        files.write(changed);
        catalog = catalog.with(changed);
    }

    private ImageFetch fetch(ImageSource source, PullMeter meter) {
        return new ImageFetch(source, layers, unpackings, this::publish, meter);
    }

    /** Makes a fetched image known; its layers were counted, and are not twice if it was here. */
    private synchronized Image publish(ImageFetch.Fetched fetched) throws SyscallException {
        var fresh = fetched.record();
        var id = fresh.image().id();
        files.writeContent(fresh.config(), fetched.config());
        files.writeContent(fresh.manifest(), fetched.manifest());
        var known = Optional.ofNullable(catalog.byId().get(id));
        var removed = Optional.ofNullable(removedButHeld.get(id));
        var record = known.map(old -> merged(old, fresh)).orElse(fresh);
        for (var tag : record.image().repositoryTags()) {
            takeAway(tag, id);
        }
        files.write(record);
        holds.revive(id);
        catalog = catalog.with(record);
        removedButHeld.remove(id);
        var replaced = known.or(() -> removed);
        if (replaced.isPresent()) {
            releaseLayers(replaced.get());
            if (!replaced.get().manifest().equals(record.manifest())) {
                files.removeContent(replaced.get().manifest());
            }
        }
        return record.image();
    }

    private static ImageRecord merged(ImageRecord old, ImageRecord fresh) {
        return fresh.named(
                union(old.image().repositoryTags(), fresh.image().repositoryTags()),
                union(old.image().repositoryDigests(), fresh.image().repositoryDigests()));
    }

    private static List<String> union(List<String> some, List<String> more) {
        var all = new ArrayList<>(some);
        more.stream().filter(each -> !some.contains(each)).forEach(all::add);
        return all;
    }

    /** A tag names one image: the one that had it before keeps its other names. */
    private void takeAway(String tag, String newOwner) throws SyscallException {
        var owner = catalog.named(tag).filter(other -> !other.image().id().equals(newOwner));
        if (owner.isEmpty()) {
            return;
        }
        var image = owner.get().image();
        var rest = image.repositoryTags().stream().filter(each -> !each.equals(tag)).toList();
        rename(owner.get(), rest, image.repositoryDigests());
    }

    /** {@return all images, in no order} */
    public List<Image> images() {
        return catalog.images();
    }

    /** {@return the image of a name, a name with digest, an id, or the unique start of an id} */
    public Optional<Image> find(String referenceOrId) {
        return catalog.find(referenceOrId);
    }

    /**
     * {@return how containers of an image start unless told otherwise; an artifact says nothing}
     */
    public ImageConfig config(Image image) throws PullException {
        return isArtifact(image) ? ImageConfig.NONE : configs.of(image);
    }

    /** {@return whether an image is an OCI artifact: it can be mounted, and not be run} */
    public boolean isArtifact(Image image) {
        var record = catalog.byId().get(image.id());
        return record != null && record.isArtifact();
    }

    /** {@return the document that an image's id is the digest of: its config, as it was served} */
    public byte[] document(Image image) throws SyscallException {
        return files.readContent(Digest.parse(image.id()));
    }

    /**
     * Removes an image with all its names; one that is not here is removed already. If containers
     * use it, their layers stay until the last of them is gone.
     */
    public synchronized void remove(Image image) throws SyscallException {
        var record = catalog.byId().get(image.id());
        if (record == null) {
            return;
        }
        if (holds.endUnlessHeld(image.id())) {
            forget(record);
            catalog = catalog.without(image.id());
        } else {
            files.write(record.asRemoved());
            removedButHeld.put(image.id(), record.asRemoved());
            catalog = catalog.without(image.id());
            collect(); // its last container may have gone before it stood here
        }
    }

    /** The record goes first: layers without one are removed at the next start. */
    private void forget(ImageRecord record) throws SyscallException {
        files.remove(record);
        releaseLayers(record);
        var used = blobsWithout(record.image().id());
        for (var layer : record.layers()) {
            if (!used.contains(layer.blob())) {
                blobs.remove(layer.blob());
            }
        }
    }

    private void releaseLayers(ImageRecord record) throws SyscallException {
        for (var layer : record.layers()) {
            layers.release(layer.chain());
        }
    }

    /**
     * Keeps an image's layers for a container until {@link #release}, also if the image is removed.
     *
     * @throws IllegalStateException if it was removed, and no container had it
     */
    public void hold(String imageId, String containerId) {
        holds.add(imageId, containerId);
    }

    /** Ends a {@link #hold}; one that does not exist is ended already. */
    public void release(String imageId, String containerId) throws SyscallException {
        // Whoever has only containers in mind must not wait for a record to reach the disk.
        if (holds.remove(imageId, containerId) && removedButHeld.containsKey(imageId)) {
            collect();
        }
    }

    /** {@return an image by its id, also one that was removed while containers use it} */
    public Optional<Image> held(String imageId) {
        // Whoever moves an image between the two puts it in one before he takes it from the other.
        return Optional.ofNullable(catalog.byId().get(imageId))
                .or(() -> Optional.ofNullable(removedButHeld.get(imageId)))
                .map(ImageRecord::image);
    }

    /** Lets go of removed images that no container uses any more. */
    public synchronized void collect() throws SyscallException {
        for (var record : List.copyOf(removedButHeld.values())) {
            if (holds.endUnlessHeld(record.image().id())) {
                removedButHeld.remove(record.image().id());
                forget(record);
            }
        }
    }

    /** {@return where an image's layers are, topmost first, as an overlay takes them} */
    public List<Path> layers(Image image) {
        return layers.diffs(image.layers());
    }

    /** {@return what all images take, shared layers once, their records too; kept, not measured} */
    public FilesystemUsage usage() {
        return layers.usage().plus(blobs.usage()).plus(files.usage());
    }

    /** {@return where things that should vanish at once are thrown} */
    public Trash trash() {
        return trash;
    }

    @Override
    public void close() {
        trash.close();
        partials.close();
        blobs.close();
        layers.close();
        files.close();
    }
}
