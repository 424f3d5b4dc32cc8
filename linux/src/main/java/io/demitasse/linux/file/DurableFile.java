package io.demitasse.linux.file;

import io.demitasse.linux.SyscallException;

/** A small file whose contents are, after a power cut, either the old or the new ones. */
public final class DurableFile {
    private static final int PERMISSIONS = 0600;

    private DurableFile() {}

    /**
     * Replaces the file and returns when its contents and name are on the device.
     *
     * <p>One writer per name at a time: the new contents are first written beside it as {@code
     * .NAME.new}.
     */
    public static void replace(DirectoryFd directory, String name, byte[] contents)
            throws SyscallException {
        var temporary = temporary(name);
        try (var file =
                directory.openFile(
                        temporary, OpenHow.WRITE.create(PERMISSIONS).truncate().noFollow())) {
            file.write(contents);
            file.sync();
        }
        directory.rename(temporary, directory, name);
        directory.sync();
    }

    /** {@return whether a name found in a directory is an unfinished replacement} */
    public static boolean isTemporary(String name) {
        return name.startsWith(".") && name.endsWith(".new");
    }

    private static String temporary(String name) {
        return "." + name + ".new";
    }
}
