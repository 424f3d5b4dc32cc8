package io.demitasse.shim.container;

import java.util.List;

/** Who a process is: numbers, unsigned as in the kernel. */
public record Credentials(int uid, int gid, List<Integer> groups) {
    /** Copies the groups. */
    public Credentials {
        groups = List.copyOf(groups);
    }

    /** {@return uid 0 and gid 0 without further groups} */
    public static Credentials root() {
        return new Credentials(0, 0, List.of());
    }
}
