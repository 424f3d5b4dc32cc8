package io.demitasse.shim.container;

/**
 * The value of oom_score_adj.
 *
 * @param required whether a kernel that refuses it (no CAP_SYS_RESOURCE) fails the launch
 */
public record OomScore(int value, boolean required) {
    /** {@return zero, which the process has unless its parent had another} */
    public static OomScore none() {
        return new OomScore(0, false);
    }
}
