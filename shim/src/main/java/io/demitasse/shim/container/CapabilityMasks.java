package io.demitasse.shim.container;

/** The five capability sets of a process, each a mask of {@code 1 << CAP_X}. */
public record CapabilityMasks(
        long bounding, long effective, long permitted, long inheritable, long ambient) {
    /** {@return the same set for bounding, effective and permitted; nothing else} */
    public static CapabilityMasks of(long mask) {
        return new CapabilityMasks(mask, mask, mask, 0, 0);
    }

    /** {@return no capability at all} */
    public static CapabilityMasks none() {
        return of(0);
    }
}
