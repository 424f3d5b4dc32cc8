package io.demitasse.linux.file;

import java.nio.charset.StandardCharsets;

/** One entry of a directory, as getdents64(2) lists it. */
public final class DirectoryEntry {
    private final byte[] name;
    private final FileType type;
    private final long inode;

    DirectoryEntry(byte[] name, FileType type, long inode) {
        this.name = name;
        this.type = type;
        this.inode = inode;
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
