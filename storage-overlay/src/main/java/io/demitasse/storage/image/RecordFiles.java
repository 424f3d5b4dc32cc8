package io.demitasse.storage.image;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.DurableFile;
import io.demitasse.linux.file.FileType;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.storage.FilesystemUsage;
import io.demitasse.storage.StoragePaths;
import io.demitasse.storage.layer.LayerStore;
import io.demitasse.storage.layer.TreeUsage;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.PullException.Reason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The records of images and the documents they were made from, as files that survive power cuts.
 *
 * <p><b>Threads.</b> One at a time, but for {@code usage}.
 */
final class RecordFiles implements AutoCloseable {
    private static final int MAX_RECORD_BYTES = 16 << 20;

    private final DirectoryFd images;
    private final DirectoryFd content;
    private final DirectoryFd quarantine;
    private final List<Quarantined> quarantined = new ArrayList<>();
    private final Map<String, FilesystemUsage> documents = new HashMap<>();
    private volatile FilesystemUsage usage = FilesystemUsage.NONE;

    private RecordFiles(DirectoryFd images, DirectoryFd content, DirectoryFd quarantine) {
        this.images = images;
        this.content = content;
        this.quarantine = quarantine;
    }

    static RecordFiles open(StoragePaths paths) throws SyscallException {
        return new RecordFiles(
                DirectoryFd.open(paths.images()),
                DirectoryFd.open(paths.content()),
                DirectoryFd.open(paths.quarantine()));
    }

    /** {@return all records that are good; the others are put aside, and prevent nothing} */
    List<ImageRecord> load(LayerStore layers) throws SyscallException {
        var records = new ArrayList<ImageRecord>();
        for (var entry : images.list()) {
            var name = entry.text();
            if (DurableFile.isTemporary(name)) {
                images.unlink(name);
            } else if (entry.type() != FileType.DIRECTORY) {
                try {
                    records.add(read(name, layers));
                    count(images, name);
                } catch (PullException bad) {
                    images.rename(name, quarantine, name);
                    quarantined.add(new Quarantined(name, String.valueOf(bad.getMessage())));
                }
            }
        }
        removeUnused(records);
        return records;
    }

    private ImageRecord read(String name, LayerStore layers)
            throws SyscallException, PullException {
        try (var file = images.openFile(name, OpenHow.READ.noFollow())) {
            var record = ImageRecord.decode(file.readAll(MAX_RECORD_BYTES), "record " + name);
            if (!record.fileName().equals(name)) {
                throw new PullException(Reason.CORRUPT, "it is a record of " + record.image().id());
            }
            for (var layer : record.layers()) {
                if (!layers.exists(layer.chain())) {
                    throw new PullException(Reason.CORRUPT, "layer " + layer.chain() + " is gone");
                }
            }
            return record;
        }
    }

    private void removeUnused(List<ImageRecord> records) throws SyscallException {
        Set<String> used = new HashSet<>();
        for (var record : records) {
            used.add(record.manifest().hex());
            used.add(record.config().hex());
        }
        for (var entry : content.list()) {
            if (used.contains(entry.text())) {
                count(content, entry.text());
            } else {
                content.unlink(entry.name());
            }
        }
    }

    List<Quarantined> quarantined() {
        return List.copyOf(quarantined);
    }

    void write(ImageRecord record) throws SyscallException {
        DurableFile.replace(images, record.fileName(), record.encode());
        count(images, record.fileName());
    }

    void remove(ImageRecord record) throws SyscallException {
        images.unlink(record.fileName());
        discount(record.fileName());
        images.sync();
        removeContent(record.manifest());
        removeContent(record.config());
    }

    void writeContent(Digest digest, byte[] bytes) throws SyscallException {
        if (!content.contains(digest.hex())) {
            DurableFile.replace(content, digest.hex(), bytes);
            count(content, digest.hex());
        }
    }

    byte[] readContent(Digest digest) throws SyscallException {
        try (var file = content.openFile(digest.hex(), OpenHow.READ.noFollow())) {
            return file.readAll(MAX_RECORD_BYTES);
        }
    }

    /** {@return a manifest or a config, verified} */
    byte[] content(Digest digest) throws PullException {
        try (var file = content.openFile(digest.hex(), OpenHow.READ.noFollow())) {
            var bytes = file.readAll(MAX_RECORD_BYTES);
            if (!Digest.of(bytes).equals(digest)) {
                throw new PullException(
                        Reason.CORRUPT,
                        "document " + digest + " of the store has other contents now");
            }
            return bytes;
        } catch (SyscallException refused) {
            throw new PullException(
                    refused.is(Errno.ENOENT) ? Reason.CORRUPT : Reason.STORAGE,
                    "document " + digest + " of the store cannot be read",
                    refused);
        }
    }

    /** Puts a document in the place of what is there, or is missing. */
    void replaceContent(Digest digest, byte[] bytes) throws SyscallException {
        DurableFile.replace(content, digest.hex(), bytes);
    }

    void removeContent(Digest digest) throws SyscallException {
        try {
            content.unlink(digest.hex());
            discount(digest.hex());
        } catch (SyscallException refused) {
            if (!refused.is(Errno.ENOENT)) {
                throw refused;
            }
        }
    }

    /** {@return what all these files take} */
    FilesystemUsage usage() {
        return usage;
    }

    /** Names are digests, or end in a suffix: no record is called like a document. */
    private void count(DirectoryFd directory, String name) throws SyscallException {
        discount(name);
        var taken = TreeUsage.ofFile(directory.status(name));
        documents.put(name, taken);
        usage = usage.plus(taken);
    }

    private void discount(String name) {
        var before = documents.remove(name);
        if (before != null) {
            usage = usage.minus(before);
        }
    }

    @Override
    public void close() {
        images.close();
        content.close();
        quarantine.close();
    }
}
