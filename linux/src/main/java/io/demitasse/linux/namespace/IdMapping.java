package io.demitasse.linux.namespace;

/**
 * A range of ids in a user namespace, and which ids of the node it stands for. Ids are unsigned.
 *
 * @param inside the first id in the namespace
 * @param outside the first id on the node
 * @see <a
 *     href="https://man7.org/linux/man-pages/man7/user_namespaces.7.html">user_namespaces(7)</a>
 */
public record IdMapping(long inside, long outside, long length) {
    /** The last id means none: (uid_t) -1. */
    private static final long END = 0xFFFF_FFFFL;

    /** Checks that both ranges are ranges of ids. */
    public IdMapping {
        if (length <= 0
                || length > END
                || inside < 0
                || inside > END - length
                || outside < 0
                || outside > END - length) {
            throw new IllegalArgumentException(
                    "ids %d to %d cannot stand for %d to %d"
                            .formatted(inside, inside + length - 1, outside, outside + length - 1));
        }
    }

    /** {@return what an id of the namespace is on the node} */
    public int outside(int id) {
        long distance = Integer.toUnsignedLong(id) - inside;
        if (distance < 0 || distance >= length) {
            throw new IllegalArgumentException(
                    "id %d is not among the %d from %d on that the user namespace has"
                            .formatted(Integer.toUnsignedLong(id), length, inside));
        }
        return (int) (outside + distance);
    }

    /** {@return whether the namespace has this id} */
    public boolean contains(int id) {
        long distance = Integer.toUnsignedLong(id) - inside;
        return distance >= 0 && distance < length;
    }

    /** {@return the line of /proc/PID/uid_map} */
    public String line() {
        return inside + " " + outside + " " + length + "\n";
    }
}
