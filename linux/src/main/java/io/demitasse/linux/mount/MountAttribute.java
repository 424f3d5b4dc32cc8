package io.demitasse.linux.mount;

import java.util.Set;

/**
 * A property of one mount, as opposed to the filesystem behind it.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/mount_setattr.2.html">mount_setattr(2)</a>
 */
public enum MountAttribute {
    RDONLY(MountSyscalls.MOUNT_ATTR_RDONLY),
    NOSUID(MountSyscalls.MOUNT_ATTR_NOSUID),
    NODEV(MountSyscalls.MOUNT_ATTR_NODEV),
    NOEXEC(MountSyscalls.MOUNT_ATTR_NOEXEC),
    NOATIME(MountSyscalls.MOUNT_ATTR_NOATIME),
    STRICTATIME(MountSyscalls.MOUNT_ATTR_STRICTATIME),
    NODIRATIME(MountSyscalls.MOUNT_ATTR_NODIRATIME),
    NOSYMFOLLOW(MountSyscalls.MOUNT_ATTR_NOSYMFOLLOW);

    private final long bit;

    MountAttribute(long bit) {
        this.bit = bit;
    }

    /**
     * {@return the kernel's bits for a set of attributes, for plans that another process executes}
     */
    public static long bits(Set<MountAttribute> attributes) {
        long bits = 0;
        for (var attribute : attributes) {
            bits |= attribute.bit;
        }
        return bits;
    }
}
