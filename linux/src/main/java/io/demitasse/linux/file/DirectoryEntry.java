package io.demitasse.linux.file;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** One entry of a directory, as getdents64(2) lists it. */
public final class DirectoryEntry {
    private final byte[] name;
    private final FileType type;
    private final long inode;

    private DirectoryEntry(byte[] name, FileType type, long inode) {
        this.name = name;
        this.type = type;
        this.inode = inode;
    }

    /** {@return what getdents64(2) has put into a buffer, without {@code .} and {@code ..}} */
    static List<DirectoryEntry> parse(MemorySegment buffer) {
        var entries = new ArrayList<DirectoryEntry>();
        var layout = FileSyscalls.LINUX_DIRENT64;
        long lengthAt = layout.byteOffset(groupElement("d_reclen"));
        long typeAt = layout.byteOffset(groupElement("d_type"));
        for (long at = 0; at < buffer.byteSize(); ) {
            int length = Short.toUnsignedInt(buffer.get(ValueLayout.JAVA_SHORT, at + lengthAt));
            var name = buffer.asSlice(at + layout.byteSize(), length - layout.byteSize());
            var bytes = untilNul(name);
            if (!FileName.isDots(bytes)) {
                var type = FileType.ofDirent(buffer.get(ValueLayout.JAVA_BYTE, at + typeAt));
                long inode = buffer.get(ValueLayout.JAVA_LONG, at);
                entries.add(new DirectoryEntry(bytes, type, inode));
            }
            at += length;
        }
        return entries;
    }

    private static byte[] untilNul(MemorySegment name) {
        long length = 0;
        while (name.get(ValueLayout.JAVA_BYTE, length) != 0) {
            length++;
        }
        return name.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    }

    /** {@return the entry's name, in the kernel's bytes} */
    public byte[] name() {
        return name.clone();
    }

    /** {@return the name for messages, and for names that we chose ourselves} */
    public String text() {
        return new String(name, StandardCharsets.UTF_8);
    }

    /** {@return what it is, {@code UNKNOWN} on filesystems that do not say} */
    public FileType type() {
        return type;
    }

    /** {@return its inode number} */
    public long inode() {
        return inode;
    }

    @Override
    public String toString() {
        return text() + " (" + type + ")";
    }
}
