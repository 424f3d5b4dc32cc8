package io.demitasse.shim.container;

import io.demitasse.shim.plan.Device;

/**
 * A device that a container finds at a path, usually below /dev.
 *
 * @param mode permission bits
 */
public record DeviceNode(String path, Type type, Device device, int mode, int uid, int gid) {
    /** Character or block device, with its {@code S_IF…} bits. */
    public enum Type {
        CHARACTER(0020000),
        BLOCK(0060000);

        private final int bits;

        Type(int bits) {
            this.bits = bits;
        }

        int bits() {
            return bits;
        }
    }

    /** Checks the path. */
    public DeviceNode {
        if (!path.matches("(/(?!\\.\\.?(/|$))[^/]+)+")) {
            throw new IllegalArgumentException("no absolute path of a device: " + path);
        }
    }

    /** {@return a character device that everybody may use} */
    public static DeviceNode character(String path, int major, int minor) {
        return new DeviceNode(path, Type.CHARACTER, new Device(major, minor), 0666, 0, 0);
    }
}
