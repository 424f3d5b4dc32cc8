package io.demitasse.shim.container;

import io.demitasse.linux.Fd;

/** Which processes a container sees. */
public sealed interface PidNamespace {
    /** Only its own: its first process is 1. */
    record Own() implements PidNamespace {}

    /** Those of the pod, or of another container: of a namespace file, or of a pidfd. */
    record Shared(Fd target) implements PidNamespace {}

    /** Those of the node. */
    record Host() implements PidNamespace {}
}
