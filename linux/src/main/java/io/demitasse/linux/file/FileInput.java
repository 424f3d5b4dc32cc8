package io.demitasse.linux.file;

import io.demitasse.linux.SyscallException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Reads a file that was opened by descriptor. Owns it. */
final class FileInput extends InputStream {
    private final FileFd file;

    FileInput(FileFd file) {
        this.file = file;
    }

    @Override
    public int read() throws SyscallException {
        var one = ByteBuffer.allocate(1);
        return file.read(one) < 0 ? -1 : one.get(0) & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws SyscallException {
        return file.read(ByteBuffer.wrap(buffer, offset, length));
    }

    @Override
    public void close() {
        file.close();
    }
}
