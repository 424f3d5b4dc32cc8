package io.demitasse.sandbox.network;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * The nft table that gives what leaves a subnet the node's address. Ours alone, and replaced whole,
 * so that neither an older version of it nor anybody else's rules are in the way.
 *
 * <p>nft(8) is run once per life of a daemon, never per pod.
 */
record MasqueradeTable(String bridge, Subnet subnet) {
    private static final String MULTICAST = "224.0.0.0/4";

    /** Puts the table in place, in one transaction. */
    void install() throws IOException {
        nft(
                """
                table ip %1$s
                delete table ip %1$s
                table ip %1$s {
                    chain postrouting {
                        type nat hook postrouting priority srcnat; policy accept;
                        ip saddr %2$s ip daddr != { %2$s, %3$s } masquerade
                    }
                }
                """
                        .formatted(name(), subnet, MULTICAST));
    }

    /** Removes the table, if it is there. */
    void remove() throws IOException {
        // declared first: deleting what is not there is an error
        nft("table ip %1$s\ndelete table ip %1$s\n".formatted(name()));
    }

    private String name() {
        return "demitasse_" + bridge;
    }

    private void nft(String script) throws IOException {
        Process process;
        try {
            process = new ProcessBuilder("nft", "-f", "-").redirectErrorStream(true).start();
        } catch (IOException absent) {
            throw new IOException(
                    "network " + bridge + " masquerades with nft(8), package nftables", absent);
        }
        try {
            try (var in = process.getOutputStream()) {
                in.write(script.getBytes(StandardCharsets.UTF_8));
            }
            var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            if (status != 0) {
                throw new IOException(
                        "nft -f - exited %d for table ip %s: %s"
                                .formatted(status, name(), said.strip()));
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while nft made table ip " + name(), interrupted);
        }
    }
}
