package io.demitasse.shim.plan;

import java.util.Collection;
import java.util.EnumSet;
import java.util.stream.Collectors;

/** A kind of namespace, with its flag of clone(2), and its file in /proc/PID/ns. */
public enum NamespaceKind {
    MOUNT("mnt", 0x00020000),
    CGROUP("cgroup", 0x02000000),
    UTS("uts", 0x04000000),
    IPC("ipc", 0x08000000),
    USER("user", 0x10000000),
    PID("pid", 0x20000000),
    NETWORK("net", 0x40000000);

    private final String file;
    private final int flag;

    NamespaceKind(String file, int flag) {
        this.file = file;
        this.flag = flag;
    }

    static String names(Collection<NamespaceKind> kinds) {
        return kinds.isEmpty()
                ? "none"
                : EnumSet.copyOf(kinds).stream()
                        .map(kind -> kind.file)
                        .collect(Collectors.joining(","));
    }

    static long flags(Collection<NamespaceKind> kinds) {
        return kinds.stream().mapToLong(kind -> kind.flag).sum();
    }
}
