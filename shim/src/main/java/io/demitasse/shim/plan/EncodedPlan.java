package io.demitasse.shim.plan;

import io.demitasse.linux.Fd;
import java.util.List;

/** A plan as bytes, and the descriptors that it refers to by their index. */
public final class EncodedPlan {
    private final byte[] bytes;
    private final List<Fd> fds;

    EncodedPlan(byte[] bytes, List<Fd> fds) {
        this.bytes = bytes;
        this.fds = List.copyOf(fds);
    }

    /** {@return a copy of the encoded plan} */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** {@return the descriptors, in the order of their indices} */
    public List<Fd> fds() {
        return fds;
    }
}
