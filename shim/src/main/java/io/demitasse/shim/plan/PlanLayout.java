package io.demitasse.shim.plan;

/**
 * Where things are in an encoded plan; all numbers are little-endian.
 *
 * <pre>
 *   0   struct plan_header   magic version size operations fds monitor directory log streams[3] 0
 *   48  struct plan_op[]     code, reserved, five arguments of eight bytes
 *   …   blobs                texts end in NUL; vectors are aligned offsets and end in 0
 * </pre>
 *
 * <p>A text or bytes argument is {@code offset | length << 32}, a vector is {@code offset | count
 * << 32}, a descriptor is its index among those of the plan.
 */
final class PlanLayout {
    static final int MAGIC = 0x53544d44; // "DMTS"
    static final int VERSION = 1;
    static final int HEADER_BYTES = 48;
    static final int OPERATION_BYTES = 48;
    static final int ARGUMENTS = 5;
    static final int MAX_BYTES = 16 << 20;

    /** Those of the most mounts that a container may have, and of everything else. */
    static final int MAX_FDS = 4160;

    // offsets in the header
    static final int SIZE = 8;
    static final int OPERATIONS = 12;
    static final int FDS = 16;
    static final int MONITOR = 20;
    static final int DIRECTORY = 24;
    static final int LOG = 28;
    static final int STREAMS = 32;

    // values of monitor
    static final int MONITOR_NONE = 0;
    static final int MONITOR_EXEC = 1;
    static final int MONITOR_CONTAINER = 2;

    // values of a stream or an optional descriptor that is not an index
    static final int NO_FD = -1;
    static final int LOGGED = -2;

    private PlanLayout() {}
}
