package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileFd;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.linux.io.NativeBuffers;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;

/** A layer that is one file: what an artifact has in the place of an archive. */
final class FileLayer {
    private static final OpenHow CREATE =
            OpenHow.WRITE.create(0600).exclusive().noFollow().noSymlinks();
    static final int PERMISSIONS = 0644;
    private static final int BUFFER_BYTES = 1 << 17;

    private FileLayer() {}

    static void write(
            ReadableByteChannel contents,
            String path,
            DirectoryFd root,
            LayerLimits limits,
            ContentsListener listener)
            throws IOException {
        var place = LayerPath.parse(path.getBytes(UTF_8));
        if (place.isRoot()) {
            throw new LayerException("file \"" + path + "\" of the artifact has no name");
        }
        try (contents;
                var memory = new NativeBuffers();
                var directories = new LayerDirectories(root);
                var file = create(directories, place)) {
            var buffer = memory.allocate(BUFFER_BYTES);
            long bytes = 0;
            listener.begin(place);
            while (contents.read(buffer.clear()) >= 0) {
                bytes += buffer.flip().remaining();
                if (bytes > limits.bytes()) {
                    throw new LayerException("more than " + limits.bytes() + " bytes in a file");
                }
                listener.read(buffer.duplicate());
                file.write(buffer);
            }
            listener.end();
            file.chmod(PERMISSIONS);
        }
    }

    private static FileFd create(LayerDirectories directories, LayerPath place) throws IOException {
        try {
            return directories.parentOf(place).openFile(place.nameBytes(), CREATE);
        } catch (SyscallException refused) {
            throw LayerUnpacker.blame(refused, place);
        }
    }
}
