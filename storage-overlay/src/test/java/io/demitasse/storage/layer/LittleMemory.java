package io.demitasse.storage.layer;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileTree;
import java.nio.file.Path;

/** Measures a tree and removes it, in a process of its own, whose memory is small. */
final class LittleMemory {
    private LittleMemory() {}

    /** Prints how many inodes the directory {@code tree} of a directory takes. */
    public static void main(String[] arguments) throws SyscallException {
        try (var parent = DirectoryFd.open(Path.of(arguments[0]));
                var tree = parent.openDirectory("tree")) {
            System.out.println(TreeUsage.of(tree).inodes());
            FileTree.remove(parent, "tree");
        }
    }
}
