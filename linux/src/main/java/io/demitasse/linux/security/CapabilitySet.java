package io.demitasse.linux.security;

import static io.demitasse.linux.security.Capability.CAP_AUDIT_WRITE;
import static io.demitasse.linux.security.Capability.CAP_CHOWN;
import static io.demitasse.linux.security.Capability.CAP_DAC_OVERRIDE;
import static io.demitasse.linux.security.Capability.CAP_FOWNER;
import static io.demitasse.linux.security.Capability.CAP_FSETID;
import static io.demitasse.linux.security.Capability.CAP_KILL;
import static io.demitasse.linux.security.Capability.CAP_MKNOD;
import static io.demitasse.linux.security.Capability.CAP_NET_BIND_SERVICE;
import static io.demitasse.linux.security.Capability.CAP_NET_RAW;
import static io.demitasse.linux.security.Capability.CAP_SETFCAP;
import static io.demitasse.linux.security.Capability.CAP_SETGID;
import static io.demitasse.linux.security.Capability.CAP_SETPCAP;
import static io.demitasse.linux.security.Capability.CAP_SETUID;
import static io.demitasse.linux.security.Capability.CAP_SYS_CHROOT;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** A set of capabilities as the kernel stores it: one bit each. */
public record CapabilitySet(long bits) {
    /** No capability. */
    public static final CapabilitySet NONE = new CapabilitySet(0);

    /** What containers get that ask for nothing: the list of containerd and Docker. */
    public static final CapabilitySet DEFAULT =
            of(
                    CAP_CHOWN,
                    CAP_DAC_OVERRIDE,
                    CAP_FSETID,
                    CAP_FOWNER,
                    CAP_MKNOD,
                    CAP_NET_RAW,
                    CAP_SETGID,
                    CAP_SETUID,
                    CAP_SETFCAP,
                    CAP_SETPCAP,
                    CAP_NET_BIND_SERVICE,
                    CAP_SYS_CHROOT,
                    CAP_KILL,
                    CAP_AUDIT_WRITE);

    private static final String ALL = "ALL";
    private static final String BOUNDING = "CapBnd:";
    private static final Path LAST_CAPABILITY = Path.of("/proc/sys/kernel/cap_last_cap");
    private static final Path OWN_STATUS = Path.of("/proc/thread-self/status");

    /** {@return the set of these} */
    public static CapabilitySet of(Capability... capabilities) {
        return new CapabilitySet(
                Arrays.stream(capabilities)
                        .mapToLong(CapabilitySet::bit)
                        .reduce(0, (left, right) -> left | right));
    }

    /** {@return all that the running kernel knows, including such as have no name here} */
    public static CapabilitySet ofKernel() throws IOException {
        var text = new byte[16];
        int length;
        try (var file = new FileInputStream(LAST_CAPABILITY.toFile())) {
            // A sysctl file gives everything to the first read and an end of file to the second;
            // Files.readString would first ask for one byte, because the size is said to be 0.
            length = file.read(text);
        }
        int last = Integer.parseInt(new String(text, 0, Math.max(0, length), US_ASCII).strip());
        return new CapabilitySet(-1L >>> (Long.SIZE - 1 - last));
    }

    /**
     * {@return what this process can pass on: the bounding set}
     *
     * <p>Inside a container or a sandboxed machine it is less than {@link #ofKernel()}, and
     * capset(2) with more than that fails with EPERM.
     */
    public static CapabilitySet ofThisProcess() throws IOException {
        try (var lines = Files.lines(OWN_STATUS)) {
            return lines.filter(line -> line.startsWith(BOUNDING))
                    .map(line ->
                            Long.parseUnsignedLong(line.substring(BOUNDING.length()).strip(), 16))
                    .map(CapabilitySet::new)
                    .findFirst()
                    .orElse(NONE);
        }
    }

    /**
     * {@return the set after additions, then removals, by name as Kubernetes has them}
     *
     * <p>{@code ALL} among the additions starts from {@code all}; among the removals, from nothing;
     * the other names are then added and removed one by one.
     *
     * @throws IllegalArgumentException if a name is unknown, naming it
     */
    public CapabilitySet adjusted(
            Collection<String> additions, Collection<String> removals, CapabilitySet all) {
        var start = containsAll(additions) ? all : this;
        start = containsAll(removals) ? NONE : start;
        return start.with(named(additions)).without(named(removals));
    }

    /** {@return whether it has this one} */
    public boolean contains(Capability capability) {
        return (bits & bit(capability)) != 0;
    }

    /** {@return what is in this set or in the other} */
    public CapabilitySet with(CapabilitySet other) {
        return new CapabilitySet(bits | other.bits);
    }

    /** {@return what is in this set and not in the other} */
    public CapabilitySet without(CapabilitySet other) {
        return new CapabilitySet(bits & ~other.bits);
    }

    /** {@return what is in this set and in the other} */
    public CapabilitySet intersection(CapabilitySet other) {
        return new CapabilitySet(bits & other.bits);
    }

    /** {@return its members that have a name here} */
    public Set<Capability> capabilities() {
        var members = EnumSet.noneOf(Capability.class);
        Arrays.stream(Capability.values()).filter(this::contains).forEach(members::add);
        return members;
    }

    @Override
    public String toString() {
        return capabilities().stream().map(Enum::name).collect(Collectors.joining(",", "{", "}"));
    }

    private static CapabilitySet named(Collection<String> names) {
        return of(
                names.stream()
                        .filter(name -> !isAll(name))
                        .map(Capability::parse)
                        .toArray(Capability[]::new));
    }

    private static boolean containsAll(Collection<String> names) {
        return names.stream().anyMatch(CapabilitySet::isAll);
    }

    private static boolean isAll(String name) {
        var upper = name.toUpperCase(Locale.ROOT);
        return upper.equals(ALL) || upper.equals("CAP_" + ALL);
    }

    private static long bit(Capability capability) {
        return 1L << capability.number();
    }
}
