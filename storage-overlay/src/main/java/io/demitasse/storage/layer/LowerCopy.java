package io.demitasse.storage.layer;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileFd;
import io.demitasse.linux.file.FileStatus;
import io.demitasse.linux.file.FileType;
import io.demitasse.linux.file.OpenHow;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A file that was copied from the layers below because a hard link led to it. */
record LowerCopy(DirectoryFd diff, LayerPath path, FileStatus status) {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final OpenHow READ =
            OpenHow.READ.noFollow().noSymlinks().sameMount().nonBlocking();

    /** {@return whether it is as the file of the layers below is} */
    boolean isOf(DirectoryFd parent, LayerPath target, FileStatus original)
            throws SyscallException {
        boolean similar =
                status.type() == original.type()
                        && status.uid() == original.uid()
                        && status.gid() == original.gid()
                        && status.mode() == original.mode()
                        && status.sizeBytes() == original.sizeBytes();
        if (!similar) {
            return false;
        }
        if (status.type() == FileType.SYMBOLIC_LINK) {
            try (var own =
                    diff.openDirectory(path.parent().openable(), LayerDirectories.NO_SYMLINKS)) {
                return Arrays.equals(
                        own.readLink(path.nameBytes()), parent.readLink(target.nameBytes()));
            }
        }
        if (status.type() != FileType.REGULAR) {
            return false;
        }
        try (var own = diff.openFile(path.openable(), READ);
                var other = parent.openFile(target.nameBytes(), READ)) {
            return isSame(own, other);
        }
    }

    private static boolean isSame(FileFd one, FileFd other) throws SyscallException {
        var some = ByteBuffer.allocateDirect(BUFFER_BYTES);
        var more = ByteBuffer.allocateDirect(BUFFER_BYTES);
        do {
            fill(one, some);
            fill(other, more);
            if (!some.equals(more)) {
                return false;
            }
        } while (some.hasRemaining());
        return true;
    }

    private static void fill(FileFd file, ByteBuffer buffer) throws SyscallException {
        buffer.clear();
        while (buffer.hasRemaining() && file.read(buffer) >= 0) {
            // a file gives as much as it likes
        }
        buffer.flip();
    }
}
