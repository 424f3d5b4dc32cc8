package io.demitasse.linux.file;

import io.demitasse.linux.SyscallException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Writes a file that was opened by descriptor. Owns it. */
final class FileOutput extends OutputStream {
    private final FileFd file;

    FileOutput(FileFd file) {
        this.file = file;
    }

    @Override
    public void write(int value) throws SyscallException {
        file.write(new byte[] {(byte) value});
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws SyscallException {
        file.write(ByteBuffer.wrap(bytes, offset, length).slice());
    }

    @Override
    public void close() {
        file.close();
    }
}
