package io.demitasse.daemon.configuration;

import java.nio.file.Path;

/**
 * The unix socket that CRI and the admin service are served on.
 *
 * @param path where it is
 * @param group the group, by name or number, whose members may connect beside root: they command
 *     the node
 */
public record SocketSettings(Path path, String group) {
    public SocketSettings {
        if (group.isEmpty()) {
            throw new IllegalArgumentException(
                    "listen_group must be a group's name or number; \"0\" is root's");
        }
    }

    /** {@return a socket in the default state directory, for root alone} */
    public static SocketSettings defaults() {
        return new SocketSettings(Path.of("/run/demitasse/demitasse.sock"), "0");
    }

    public SocketSettings withPath(Path chosen) {
        return new SocketSettings(chosen, group);
    }

    public SocketSettings withGroup(String chosen) {
        return new SocketSettings(path, chosen);
    }
}
