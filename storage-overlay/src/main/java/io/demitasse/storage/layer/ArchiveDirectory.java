package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.linux.file.RegularFile;
import io.demitasse.storage.Trash;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.UUID;

/** A tar of an image, unpacked where nothing lasts, with the same care as a layer. */
public final class ArchiveDirectory implements AutoCloseable {
    private static final String LOAD = "load-";
    private static final int PERMISSIONS = 0700;

    private final Trash trash;
    private final String name;
    private final DirectoryFd directory;

    private ArchiveDirectory(Trash trash, String name, DirectoryFd directory) {
        this.trash = trash;
        this.name = name;
        this.directory = directory;
    }

    /** Unpacks a tar, compressed or not. */
    public static ArchiveDirectory unpack(Path tar, Trash trash) throws IOException {
        return unpack(Channels.newChannel(RegularFile.open(tar, OpenHow.READ).input()), trash);
    }

    /** As above, reading it to its end and closing it. */
    public static ArchiveDirectory unpack(ReadableByteChannel tar, Trash trash) throws IOException {
        try (tar) {
            var archive = make(trash);
            try {
                archive.fill(tar);
                return archive;
            } catch (IOException | RuntimeException failure) {
                archive.close();
                throw failure;
            }
        }
    }

    private static ArchiveDirectory make(Trash trash) throws IOException {
        var name = LOAD + UUID.randomUUID();
        trash.directory().makeDirectory(name, PERMISSIONS);
        return new ArchiveDirectory(
                trash,
                name,
                trash.directory().openDirectory(name.getBytes(UTF_8), OpenHow.READ.noSymlinks()));
    }

    private void fill(ReadableByteChannel tar) throws IOException {
        try (var plain = LayerPipe.start(tar, LayerLimits.DEFAULT.bytes());
                var unpacker = new LayerUnpacker(directory, LayerLimits.DEFAULT)) {
            unpacker.unpack(new TarReader(plain));
            unpacker.unfinished().links().requireNone();
        }
    }

    /** {@return where its files are, until this is closed} */
    public DirectoryFd directory() {
        return directory;
    }

    @Override
    public void close() {
        directory.close();
        try {
            trash.discard(trash.directory(), name);
        } catch (SyscallException refused) {
            return; // it stays in ingest, which the next start empties
        }
    }
}
