package io.demitasse.sandbox;

/** Whose network a pod sees. */
public enum NetworkMode {
    /** A network namespace of its own, and with it a hostname of its own. */
    POD,
    /** The node's network and, because a hostname names a network address, the node's hostname. */
    NODE
}
