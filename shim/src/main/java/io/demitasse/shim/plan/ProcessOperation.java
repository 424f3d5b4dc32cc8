package io.demitasse.shim.plan;

import io.demitasse.linux.Fd;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Operations that make the process: its namespaces, its cgroup, its session and its program. */
public sealed interface ProcessOperation extends Operation {
    /** Joins namespaces: those of a namespace file, or several of a process held by pidfd. */
    record SetNamespace(Fd target, Set<NamespaceKind> kinds) implements ProcessOperation {
        public SetNamespace {
            kinds = Set.copyOf(kinds);
        }

        @Override
        public String describe() {
            return "setns " + NamespaceKind.names(kinds) + " of " + target.description();
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.SET_NAMESPACE)
                    .fd(target)
                    .number(NamespaceKind.flags(kinds));
        }
    }

    /**
     * Makes the process, in new namespaces and in its cgroup. What stands before it in a plan is
     * done by the shim, what stands behind it by the new process.
     */
    record CloneProcess(Set<NamespaceKind> kinds, Optional<Fd> cgroup) implements ProcessOperation {
        public CloneProcess {
            kinds = Set.copyOf(kinds);
        }

        @Override
        public String describe() {
            return "clone "
                    + NamespaceKind.names(kinds)
                    + " into "
                    + cgroup.map(Fd::description).orElse("the shim's cgroup");
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.CLONE)
                    .number(NamespaceKind.flags(kinds))
                    .optionalFd(cgroup);
        }
    }

    /**
     * Leaves namespaces for new ones. A new cgroup namespace is rooted at the cgroup the process is
     * in; that of clone3(2) would be rooted at its parent's.
     */
    record Unshare(Set<NamespaceKind> kinds) implements ProcessOperation {
        public Unshare {
            kinds = Set.copyOf(kinds);
        }

        @Override
        public String describe() {
            return "unshare " + NamespaceKind.names(kinds);
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.UNSHARE).number(NamespaceKind.flags(kinds));
        }
    }

    /** Becomes the leader of a new session. */
    record StartSession() implements ProcessOperation {
        @Override
        public String describe() {
            return "setsid";
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.START_SESSION);
        }
    }

    /**
     * Opens a terminal in the container's devpts, owned by {@code uid}, and makes it the
     * controlling one and descriptors 0 to 2. Its master goes to the shim. A container's first
     * process finds it at {@code /dev/console} too.
     */
    record OpenTerminal(int rows, int columns, int uid, boolean console)
            implements ProcessOperation {
        @Override
        public String describe() {
            return "open terminal %dx%d for uid %d%s"
                    .formatted(rows, columns, uid, console ? " as /dev/console" : "");
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.OPEN_TERMINAL)
                    .number(rows)
                    .number(columns)
                    .number(uid)
                    .number(console ? 1 : 0);
        }
    }

    /**
     * Makes the container's own {@code /dev/null} these of descriptors 0 to 2; where its root has
     * put something else there, a null device that nobody else sees.
     */
    record OpenNull(List<Integer> descriptors) implements ProcessOperation {
        public OpenNull {
            descriptors = List.copyOf(descriptors);
        }

        @Override
        public String describe() {
            return "open /dev/null as " + descriptors;
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.OPEN_NULL)
                    .number(descriptors.stream().mapToInt(fd -> 1 << fd).sum());
        }
    }

    /** Leaves the session keyring that was inherited for an empty one. */
    record JoinSessionKeyring() implements ProcessOperation {
        @Override
        public String describe() {
            return "keyctl KEYCTL_JOIN_SESSION_KEYRING";
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.JOIN_SESSION_KEYRING);
        }
    }

    /** Limits a resource: {@code resource} is the number of setrlimit(2). */
    record LimitResource(int resource, long soft, long hard) implements ProcessOperation {
        @Override
        public String describe() {
            return "prlimit resource %d soft %s hard %s"
                    .formatted(resource, Long.toUnsignedString(soft), Long.toUnsignedString(hard));
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.LIMIT_RESOURCE).number(resource).number(soft).number(hard);
        }
    }

    /**
     * Sets oom_score_adj. Unless {@code required}, EACCES is tolerated: going below what was
     * inherited takes CAP_SYS_RESOURCE.
     */
    record AdjustOomScore(int value, boolean required) implements ProcessOperation {
        @Override
        public String describe() {
            return "oom_score_adj " + value + (required ? "" : " if permitted");
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.ADJUST_OOM_SCORE).number(value).number(required ? 1 : 0);
        }
    }

    /** Sets the file mode creation mask. */
    record SetUmask(int mask) implements ProcessOperation {
        @Override
        public String describe() {
            return "umask %04o".formatted(mask);
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.SET_UMASK).number(mask);
        }
    }

    /** Changes the working directory, which is made if it does not exist and that is asked for. */
    record ChangeDirectory(String path, boolean create) implements ProcessOperation {
        @Override
        public String describe() {
            return "chdir \"" + path + "\"" + (create ? " (created if missing)" : "");
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.CHANGE_DIRECTORY).text(path).number(create ? 1 : 0);
        }
    }

    /**
     * Runs a program: the first of {@code candidates} that exists and may be executed. The text
     * form has neither arguments beyond the name nor environment, because both carry secrets.
     */
    record Execute(List<String> candidates, List<String> arguments, List<ByteBuffer> environment)
            implements ProcessOperation {
        public Execute {
            candidates = List.copyOf(candidates);
            arguments = List.copyOf(arguments);
            environment = List.copyOf(environment);
        }

        @Override
        public String describe() {
            return "exec \"" + arguments.getFirst() + "\"";
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.EXECUTE)
                    .texts(candidates)
                    .texts(arguments)
                    .words(environment);
        }
    }

    /** Runs the shim's own binary again, by descriptor. */
    record ExecuteSelf(List<String> arguments) implements ProcessOperation {
        public ExecuteSelf {
            arguments = List.copyOf(arguments);
        }

        @Override
        public String describe() {
            return "exec the shim as " + arguments;
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.EXECUTE_SELF).texts(arguments);
        }
    }
}
