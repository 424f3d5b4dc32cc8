package io.demitasse.daemon.store;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;

/**
 * A directory of records, one sub-directory per id.
 *
 * <p>The life of an id is {@link #intend}, {@link #commit}, {@link #forget}. The record is the
 * first thing that {@code forget} deletes, so that an interrupted removal looks like an intent and
 * is finished at the next start.
 */
public final class RecordDirectory {
    private static final String RECORD = "record";
    private static final int CHECKSUM_BYTES = 4;

    private final RecordPaths paths;

    /** Creates the directory if it is not there; only root may read below it. */
    public RecordDirectory(Path directory) throws IOException {
        paths = new RecordPaths(directory);
        Files.createDirectories(
                directory,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.createDirectories(paths.quarantine());
    }

    /** Says that the thing with this id is about to be created. */
    public void intend(String id) throws IOException {
        Files.createDirectory(paths.of(id));
    }

    /** Says that the thing exists, and what it is. */
    public void commit(String id, MessageLite record) throws IOException {
        put(id, RECORD, record);
    }

    /** Adds another message to a committed record; it appears whole or not at all. */
    public void put(String id, String name, MessageLite message) throws IOException {
        byte[] content = message.toByteArray();
        var bytes = ByteBuffer.allocate(CHECKSUM_BYTES + content.length);
        bytes.putInt(checksum(content)).put(content);
        var temporary = paths.temporary(id, name);
        Files.write(temporary, bytes.array());
        Files.move(temporary, paths.file(id, name), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Leaves a mark: an empty file. Marking twice is marking once. */
    public void mark(String id, String name) throws IOException {
        try {
            Files.createFile(paths.file(id, name));
        } catch (FileAlreadyExistsException alreadyMarked) {
            // what was asked for is there
        }
    }

    /** {@return whether the mark was left} */
    public boolean isMarked(String id, String name) {
        return Files.exists(paths.file(id, name));
    }

    /** {@return the record of this id, or nothing if it is only an intent} */
    public <M extends MessageLite> Optional<M> record(String id, Parser<M> parser)
            throws IOException {
        return get(id, RECORD, parser);
    }

    /** {@return the record of this id as it is encoded, or nothing if it is only an intent} */
    public Optional<byte[]> encoded(String id) throws IOException {
        return content(id, RECORD);
    }

    /** {@return a message that was put beside the record, or nothing} */
    public <M extends MessageLite> Optional<M> get(String id, String name, Parser<M> parser)
            throws IOException {
        var content = content(id, name);
        return content.isEmpty() ? Optional.empty() : Optional.of(parser.parseFrom(content.get()));
    }

    private Optional<byte[]> content(String id, String name) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(paths.file(id, name));
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        }
        if (bytes.length < CHECKSUM_BYTES) {
            throw new IOException(paths.file(id, name) + " is torn: " + bytes.length + " bytes");
        }
        var body = Arrays.copyOfRange(bytes, CHECKSUM_BYTES, bytes.length);
        if (ByteBuffer.wrap(bytes).getInt() != checksum(body)) {
            throw new IOException(paths.file(id, name) + " is torn: its checksum does not match");
        }
        return Optional.of(body);
    }

    /** Takes the promise back: what is left is an intent, to be undone now or at the next start. */
    public void forgetRecord(String id) throws IOException {
        Files.deleteIfExists(paths.file(id, RECORD));
    }

    /**
     * Removes whatever is known of an id, the record first. Forgetting twice is forgetting once.
     */
    public void forget(String id) throws IOException {
        forgetRecord(id);
        if (!Files.exists(paths.of(id))) {
            return;
        }
        try (var files = Files.newDirectoryStream(paths.of(id))) {
            for (var file : files) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(paths.of(id));
    }

    /** Puts an unreadable record where nobody trips over it, and returns where. */
    public Path quarantine(String id) throws IOException {
        var target = paths.quarantined(id);
        for (int copy = 1; Files.exists(target); copy++) {
            target = paths.quarantined(id + "." + copy);
        }
        return Files.move(paths.of(id), target, StandardCopyOption.ATOMIC_MOVE);
    }

    /** {@return all ids, committed or intended} */
    public Set<String> ids() throws IOException {
        try (var entries = Files.list(paths.directory())) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> !name.equals(RecordPaths.QUARANTINE))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static int checksum(byte[] content) {
        var checksum = new CRC32C();
        checksum.update(content);
        return (int) checksum.getValue();
    }
}
