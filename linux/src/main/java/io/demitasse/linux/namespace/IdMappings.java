package io.demitasse.linux.namespace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Who the users and the groups of a user namespace are on the node. */
public record IdMappings(IdMapping users, IdMapping groups) {
    /** {@return what a user of the namespace is on the node} */
    public int uid(int inside) {
        return users.outside(inside);
    }

    /** {@return what a group of the namespace is on the node} */
    public int gid(int inside) {
        return groups.outside(inside);
    }

    /** Gives a process's new user namespace its ids, which can be done once. */
    public void apply(int pid) throws IOException {
        var process = Path.of("/proc", Integer.toString(pid));
        // no CREATE, and all in one write(2): the kernel takes no second one
        Files.writeString(process.resolve("uid_map"), users.line(), StandardOpenOption.WRITE);
        Files.writeString(process.resolve("gid_map"), groups.line(), StandardOpenOption.WRITE);
    }
}
