package io.demitasse.linux.security;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;

/**
 * Which device nodes the processes of a group may open and make: what no rule allows is refused.
 *
 * <p>The policy of privileged containers is {@link #ALL}, for which no program is needed.
 */
public record DevicePolicy(boolean isUnrestricted, List<Rule> rules) {
    /** Everything is allowed. */
    public static final DevicePolicy ALL = new DevicePolicy(true, List.of());

    /**
     * What every container may: make nodes of any device, and use those of a standard /dev. Ptys
     * are major 136, of the container's own devpts.
     */
    public static final DevicePolicy DEFAULT =
            new DevicePolicy(
                    false,
                    List.of(
                            Rule.any(Type.CHARACTER, Access.MKNOD),
                            Rule.any(Type.BLOCK, Access.MKNOD),
                            Rule.all(Type.CHARACTER, 1, 3), // null
                            Rule.all(Type.CHARACTER, 1, 5), // zero
                            Rule.all(Type.CHARACTER, 1, 7), // full
                            Rule.all(Type.CHARACTER, 1, 8), // random
                            Rule.all(Type.CHARACTER, 1, 9), // urandom
                            Rule.all(Type.CHARACTER, 5, 0), // tty
                            Rule.all(Type.CHARACTER, 5, 1), // console
                            Rule.all(Type.CHARACTER, 5, 2), // ptmx
                            new Rule(
                                    Type.CHARACTER,
                                    OptionalInt.of(136),
                                    OptionalInt.empty(),
                                    Access.ALL)));

    /** Copies the rules. */
    public DevicePolicy {
        rules = List.copyOf(rules);
    }

    /** {@return this policy and rules for the container's own devices} */
    public DevicePolicy with(Collection<Rule> additions) {
        var all = new ArrayList<>(rules);
        all.addAll(additions);
        return new DevicePolicy(isUnrestricted, all);
    }

    /** The two kinds of device, numbered as in {@code struct bpf_cgroup_dev_ctx}. */
    public enum Type {
        BLOCK(1),
        CHARACTER(2);

        private final int number;

        Type(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /** What is done with a node: bits as in {@code struct bpf_cgroup_dev_ctx}. */
    public record Access(int bits) {
        /** Making a node. */
        public static final Access MKNOD = new Access(1);

        /** Reading, writing and making a node. */
        public static final Access ALL = new Access(7);

        private static final String LETTERS = "mrw";

        /**
         * {@return the access of letters r, w and m}
         *
         * @throws IllegalArgumentException if there is another letter, or none
         */
        public static Access parse(String letters) {
            int bits = 0;
            for (int i = 0; i < letters.length(); i++) {
                int bit = LETTERS.indexOf(letters.charAt(i));
                if (bit < 0) {
                    throw new IllegalArgumentException("no device access: \"" + letters + "\"");
                }
                bits |= 1 << bit;
            }
            if (bits == 0) {
                throw new IllegalArgumentException("no device access: \"\"");
            }
            return new Access(bits);
        }
    }

    /** Allows an access to a device; without major or minor number, to every one. */
    public record Rule(Type type, OptionalInt major, OptionalInt minor, Access access) {
        /** {@return an access to every device of a type} */
        public static Rule any(Type type, Access access) {
            return new Rule(type, OptionalInt.empty(), OptionalInt.empty(), access);
        }

        /** {@return every access to one device} */
        public static Rule all(Type type, int major, int minor) {
            return new Rule(type, OptionalInt.of(major), OptionalInt.of(minor), Access.ALL);
        }
    }
}
