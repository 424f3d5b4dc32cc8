package io.demitasse.linux.mount;

/**
 * Whether mount events below a mount travel to its peers.
 *
 * @see <a
 *     href="https://man7.org/linux/man-pages/man7/mount_namespaces.7.html">mount_namespaces(7)</a>
 */
public enum Propagation {
    PRIVATE(MountSyscalls.MS_PRIVATE),
    SLAVE(MountSyscalls.MS_SLAVE),
    SHARED(MountSyscalls.MS_SHARED),
    UNBINDABLE(MountSyscalls.MS_UNBINDABLE);

    private final long bit;

    Propagation(long bit) {
        this.bit = bit;
    }

    /** {@return the kernel's {@code MS_*} bit, for plans that another process executes} */
    public long bit() {
        return bit;
    }
}
