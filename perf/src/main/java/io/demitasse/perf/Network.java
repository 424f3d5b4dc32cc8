package io.demitasse.perf;

import io.demitasse.cri.v1.NamespaceMode;

/** Which network the pods have. */
public enum Network {
    /** One of their own, as the runtime is configured to make it. */
    POD(NamespaceMode.POD),
    /** The machine's. */
    HOST(NamespaceMode.NODE);

    private final NamespaceMode mode;

    Network(NamespaceMode mode) {
        this.mode = mode;
    }

    /** {@return how CRI says it} */
    public NamespaceMode mode() {
        return mode;
    }
}
