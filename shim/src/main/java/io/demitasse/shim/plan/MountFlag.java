package io.demitasse.shim.plan;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Locale;
import java.util.stream.Collectors;

/** An attribute of a mount, with its bit {@code MOUNT_ATTR_…} of fsmount(2). */
public enum MountFlag {
    RDONLY(0x01),
    NOSUID(0x02),
    NODEV(0x04),
    NOEXEC(0x08),
    NOATIME(0x10),
    STRICTATIME(0x20);

    private final int attribute;

    MountFlag(int attribute) {
        this.attribute = attribute;
    }

    static String names(Collection<MountFlag> flags) {
        return EnumSet.copyOf(flags).stream()
                .map(flag -> flag.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(","));
    }

    static long attributes(Collection<MountFlag> flags) {
        return flags.stream().mapToLong(flag -> flag.attribute).sum();
    }
}
