package io.demitasse.sandbox;

import java.nio.file.Path;
import java.util.Set;

/**
 * The name of a kernel parameter that a pod may set because one of its own namespaces holds it.
 *
 * <p>Every other parameter is the node's, and writing it from a pod's namespaces would change it
 * for everyone.
 *
 * @see <a href="https://man7.org/linux/man-pages/man8/sysctl.8.html">sysctl(8)</a>
 */
record Sysctl(String name, Owner owner) {
    private static final Path PROC_SYS = Path.of("/proc/sys");
    private static final Set<String> IPC =
            Set.of("kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced");

    /** The namespace that holds a parameter. */
    enum Owner {
        NETWORK,
        IPC,
        NODE
    }

    /**
     * Reads a name as sysctl(8) does: the first separator says which one is used, and the other one
     * is then part of a name, as in {@code net/ipv4/conf/eth0.7/forwarding}.
     */
    static Sysctl parse(String name) {
        var dotted = usesSlashes(name) ? exchange(name) : name;
        for (var part : exchange(dotted).split("/", -1)) {
            // "net.//.kernel.x" would otherwise be net/../kernel/x
            if (part.isEmpty()
                    || part.equals(".")
                    || part.equals("..")
                    || part.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("sysctl \"" + name + "\" is malformed");
            }
        }
        return new Sysctl(dotted, ownerOf(dotted));
    }

    /** Throws unless a pod with these modes owns the parameter. */
    void check(NetworkMode network, IpcMode ipc) {
        switch (owner) {
            case NETWORK -> {
                if (network == NetworkMode.NODE) {
                    throw new IllegalArgumentException(
                            "sysctl " + name + " is the node's: the pod uses the node's network");
                }
            }
            case IPC -> {
                if (ipc == IpcMode.NODE) {
                    throw new IllegalArgumentException(
                            "sysctl " + name + " is the node's: the pod uses the node's IPC");
                }
            }
            case NODE ->
                    throw new IllegalArgumentException(
                            "sysctl " + name + " belongs to no namespace of a pod");
        }
    }

    /** {@return the file below /proc/sys; which namespace it shows depends on who opens it} */
    Path file() {
        return PROC_SYS.resolve(exchange(name));
    }

    private static Owner ownerOf(String dotted) {
        if (dotted.startsWith("net.")) {
            return Owner.NETWORK;
        }
        if (IPC.contains(dotted)
                || dotted.startsWith("kernel.msg")
                || dotted.equals("kernel.sem")
                || dotted.startsWith("fs.mqueue.")) {
            return Owner.IPC;
        }
        return Owner.NODE;
    }

    private static boolean usesSlashes(String name) {
        int slash = name.indexOf('/');
        int dot = name.indexOf('.');
        return slash >= 0 && (dot < 0 || slash < dot);
    }

    private static String exchange(String name) {
        var exchanged = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            exchanged.append(c == '.' ? '/' : c == '/' ? '.' : c);
        }
        return exchanged.toString();
    }
}
