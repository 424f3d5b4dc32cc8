package io.demitasse.linux.cgroup;

import static io.demitasse.linux.SyscallException.check;
import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The mount of cgroup2 and the controllers that are to be had in it.
 *
 * @see <a href="https://docs.kernel.org/admin-guide/cgroup-v2.html#controlling-controllers">
 *     Controlling Controllers</a>
 */
public record CgroupHierarchy(Path root) {
    /** Where Linux systems mount it. */
    public static final CgroupHierarchy SYSTEM = new CgroupHierarchy(Path.of("/sys/fs/cgroup"));

    private static final VarHandle F_TYPE = CgroupSyscalls.STATFS.varHandle(groupElement("f_type"));

    /** {@return the hierarchy that a group is in, by the directory where it is mounted} */
    public static CgroupHierarchy of(Path group) throws SyscallException {
        var root = new CgroupHierarchy(group);
        for (var parent = group.getParent(); parent != null; parent = parent.getParent()) {
            var above = new CgroupHierarchy(parent);
            if (!above.isUnified()) {
                break;
            }
            root = above;
        }
        return root;
    }

    /**
     * {@return whether version 2 is mounted on the root}
     *
     * <p>On a host of version 1, or a hybrid one, a tmpfs is there instead.
     */
    public boolean isUnified() throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var statfs = arena.allocate(CgroupSyscalls.STATFS);
            check(
                    CgroupSyscalls.statfs(
                            CallState.in(arena), arena.allocateFrom(root.toString()), statfs),
                    "statfs(\"%s\")",
                    root);
            return (long) F_TYPE.get(statfs, 0L) == CgroupSyscalls.CGROUP2_SUPER_MAGIC;
        }
    }

    /** {@return the controllers that the kernel offers at the root} */
    public Set<String> controllers() throws SyscallException {
        try (var cgroup = Cgroup.open(root)) {
            return cgroup.controllers();
        }
    }

    /**
     * Makes controllers available to the children of a group, by enabling them in it and in every
     * group above it; the group is made if it is missing.
     *
     * <p>What cannot be enabled is no failure: which limits depend on it is the caller's question.
     *
     * @return the controllers that are missing, each with the reason
     */
    public Map<String, String> enable(Path parent, Set<String> wanted) throws IOException {
        var missing = new LinkedHashMap<String, String>();
        for (var level : levels(parent)) {
            try (var cgroup = Cgroup.create(level)) {
                var offered = cgroup.controllers();
                var enabled = words(cgroup.read("cgroup.subtree_control"));
                for (var controller : new TreeSet<>(wanted)) {
                    if (missing.containsKey(controller) || enabled.contains(controller)) {
                        continue;
                    }
                    if (!offered.contains(controller)) {
                        missing.put(controller, "not in cgroup.controllers of " + level);
                    } else {
                        enable(cgroup, controller, missing);
                    }
                }
            }
        }
        return missing;
    }

    // One write per controller: a write of several fails as a whole when one of them is refused,
    // as by the rule that a group with processes has no controllers for children (EBUSY).
    private static void enable(Cgroup cgroup, String controller, Map<String, String> missing) {
        try {
            cgroup.write("cgroup.subtree_control", "+" + controller);
        } catch (SyscallException refused) {
            missing.put(controller, String.valueOf(refused.getMessage()));
        }
    }

    private List<Path> levels(Path parent) {
        if (!parent.startsWith(root)) {
            throw new IllegalArgumentException(parent + " is not below " + root);
        }
        var levels = new ArrayList<Path>();
        for (var level = parent;
                level != null && level.startsWith(root);
                level = level.getParent()) {
            levels.addFirst(level);
        }
        return levels;
    }

    static Set<String> words(String content) {
        return Arrays.stream(content.split("\\s+"))
                .filter(word -> !word.isEmpty())
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
