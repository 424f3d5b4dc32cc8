package io.demitasse.shim.plan;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Operations that take away what the process may do. Sets are masks of {@code 1 << CAP_X}. */
public sealed interface PrivilegeOperation extends Operation {
    /** Drops every capability that is not in the mask from the bounding set. */
    record DropBounding(long kept) implements PrivilegeOperation {
        @Override
        public String describe() {
            return "bounding set %#x".formatted(kept);
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.DROP_BOUNDING).number(kept);
        }
    }

    /** Sets four of the five capability sets. */
    record SetCapabilities(long effective, long permitted, long inheritable, long ambient)
            implements PrivilegeOperation {
        @Override
        public String describe() {
            return "capabilities effective %#x permitted %#x inheritable %#x ambient %#x"
                    .formatted(effective, permitted, inheritable, ambient);
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.SET_CAPABILITIES)
                    .number(effective)
                    .number(permitted)
                    .number(inheritable)
                    .number(ambient);
        }
    }

    /** Has the exec change to an AppArmor profile, which the kernel must know by then. */
    record ConfineAtExec(String profile) implements PrivilegeOperation {
        @Override
        public String describe() {
            return "apparmor exec " + profile;
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.CONFINE_AT_EXEC).text("exec " + profile);
        }
    }

    /**
     * Owns what is made from now on as this user, with all capabilities; until the ids are set, or
     * a user namespace is entered.
     */
    record SetFilesystemIds(int uid, int gid) implements PrivilegeOperation {
        @Override
        public String describe() {
            return "fsuid "
                    + Integer.toUnsignedString(uid)
                    + " fsgid "
                    + Integer.toUnsignedString(gid);
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.SET_FILESYSTEM_IDS)
                    .number(Integer.toUnsignedLong(uid))
                    .number(Integer.toUnsignedLong(gid));
        }
    }

    /** Gives the standard streams to a user, who may then open them again by name. */
    record GiveStreams(int uid) implements PrivilegeOperation {
        @Override
        public String describe() {
            return "chown streams to uid " + Integer.toUnsignedString(uid);
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.GIVE_STREAMS).number(Integer.toUnsignedLong(uid));
        }
    }

    /** Forbids gaining privileges by exec, for ever. */
    record SetNoNewPrivileges() implements PrivilegeOperation {
        @Override
        public String describe() {
            return "no_new_privs";
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.NO_NEW_PRIVILEGES);
        }
    }

    /** Loads a filter of system calls. */
    record LoadSeccomp(SeccompFilter filter) implements PrivilegeOperation {
        @Override
        public String describe() {
            return "seccomp filter of " + filter;
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.LOAD_SECCOMP).bytes(filter.bytes()).number(filter.flags());
        }
    }

    /** Becomes a user, and keeps the permitted capabilities for {@link SetCapabilities}. */
    record SetIds(int uid, int gid, List<Integer> groups) implements PrivilegeOperation {
        public SetIds {
            groups = List.copyOf(groups);
        }

        @Override
        public String describe() {
            return "uid "
                    + Integer.toUnsignedString(uid)
                    + " gid "
                    + Integer.toUnsignedString(gid)
                    + " groups "
                    + groups;
        }

        @Override
        public void encode(PlanEncoder encoder) {
            var list =
                    ByteBuffer.allocate(groups.size() * Integer.BYTES)
                            .order(ByteOrder.LITTLE_ENDIAN);
            groups.forEach(list::putInt);
            encoder.begin(OperationCode.SET_IDS)
                    .number(Integer.toUnsignedLong(uid))
                    .number(Integer.toUnsignedLong(gid))
                    .bytes(list.array());
        }
    }
}
