package io.demitasse.storage.registry;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.FileFd;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Reads a file that was opened by descriptor. Closes it. */
final class BlobFile implements ReadableByteChannel {
    private final FileFd file;
    private boolean open = true;

    BlobFile(FileFd file) {
        this.file = file;
    }

    @Override
    public int read(ByteBuffer buffer) throws SyscallException {
        return file.read(buffer);
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        open = false;
        file.close();
    }
}
