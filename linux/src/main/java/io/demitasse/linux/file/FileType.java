package io.demitasse.linux.file;

/** What kind of file an inode is, inode(7). */
public enum FileType {
    FIFO(FileSyscalls.S_IFIFO),
    CHARACTER_DEVICE(FileSyscalls.S_IFCHR),
    DIRECTORY(FileSyscalls.S_IFDIR),
    BLOCK_DEVICE(FileSyscalls.S_IFBLK),
    REGULAR(FileSyscalls.S_IFREG),
    SYMBOLIC_LINK(FileSyscalls.S_IFLNK),
    SOCKET(FileSyscalls.S_IFSOCK),
    UNKNOWN(0);

    private static final int DIRENT_SHIFT = 12;

    private final int bits;

    FileType(int bits) {
        this.bits = bits;
    }

    /** {@return the bits below {@code S_IFMT} that say so in a mode} */
    int bits() {
        return bits;
    }

    static FileType ofMode(int mode) {
        for (var type : values()) {
            if (type.bits == (mode & FileSyscalls.S_IFMT)) {
                return type;
            }
        }
        return UNKNOWN;
    }

    /** The {@code d_type} of a directory entry is the type's bits of a mode, shifted. */
    static FileType ofDirent(byte type) {
        return ofMode(type << DIRENT_SHIFT);
    }
}
