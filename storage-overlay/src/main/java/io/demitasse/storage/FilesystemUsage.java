package io.demitasse.storage;

/** Disk space and inodes that some files take. */
public record FilesystemUsage(long bytes, long inodes) {
    /** Nothing. */
    public static final FilesystemUsage NONE = new FilesystemUsage(0, 0);

    /** {@return both together} */
    public FilesystemUsage plus(FilesystemUsage more) {
        return new FilesystemUsage(bytes + more.bytes, inodes + more.inodes);
    }

    /** {@return what is left of this without the other} */
    public FilesystemUsage minus(FilesystemUsage less) {
        return new FilesystemUsage(bytes - less.bytes, inodes - less.inodes);
    }
}
