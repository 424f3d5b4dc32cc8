package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.HugepageLimit;
import io.demitasse.cri.v1.LinuxContainerResources;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.record.v1.SandboxRecord;
import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.cgroup.Cgroup;
import io.demitasse.linux.cgroup.CgroupHierarchy;
import io.demitasse.linux.cgroup.ResourceLimits;
import io.demitasse.linux.file.FileStatus;
import io.demitasse.linux.process.OomScores;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/** Makes and ends the cgroups of pods and containers, with the limits that a request asked for. */
public final class Cgroups {
    private static final System.Logger LOGGER = System.getLogger(Cgroups.class.getName());

    /** What every container is accounted and limited by; hugetlb only where a request names it. */
    private static final Set<String> WANTED = Set.of("cpu", "cpuset", "memory", "pids", "io");

    private static final String HUGETLB = "hugetlb";

    private final CgroupHierarchy hierarchy;
    private final Set<String> controllers;
    private final String enabling;
    private final boolean warnOnly;

    /** By their inode numbers: the kubelet removes a pod's cgroup, and may make it anew. */
    private final Map<Path, Long> enabled = new ConcurrentHashMap<>();

    private final Map<Path, Long> hugepagesEnabled = new ConcurrentHashMap<>();

    /**
     * Works in this hierarchy.
     *
     * @param warnOnly whether a limit that no controller can enforce is ignored with a warning
     */
    public Cgroups(CgroupHierarchy hierarchy, boolean warnOnly) throws SyscallException {
        this.hierarchy = hierarchy;
        this.controllers = hierarchy.controllers();
        this.enabling =
                WANTED.stream()
                        .filter(controllers::contains)
                        .sorted()
                        .map(name -> "+" + name)
                        .collect(Collectors.joining(" "));
        this.warnOnly = warnOnly;
    }

    /**
     * {@return the controllers that containers usually ask for and that this node does not have}
     */
    public Set<String> missing() {
        return WANTED.stream()
                .filter(name -> !controllers.contains(name))
                .collect(Collectors.toSet());
    }

    /** Makes a cgroup and sets its limits; on failure nothing is left. The caller closes it. */
    public Cgroup create(Path path, LinuxContainerResources resources)
            throws IOException, RequestException {
        var settings = enforceable(limits(resources));
        if (path.getParent() != null) {
            enable(path.getParent());
            enableHugepages(path.getParent(), resources);
        }
        var cgroup = Cgroup.create(path);
        try {
            cgroup.apply(settings);
            return cgroup;
        } catch (IOException | RuntimeException failure) {
            discard(cgroup, failure);
            throw failure;
        }
    }

    /**
     * Changes the limits of a cgroup, and the oom_score_adj of its processes; if one is refused,
     * those before hold again.
     */
    public void update(Path path, LinuxContainerResources before, LinuxContainerResources after)
            throws IOException, RequestException {
        check(after);
        var settings = enforceable(limits(after));
        if (path.getParent() != null) {
            enableHugepages(path.getParent(), after);
        }
        try (var cgroup = Cgroup.open(path)) {
            try {
                cgroup.apply(settings);
                changeOomScore(cgroup, before, after);
            } catch (IOException refused) {
                restore(cgroup, before, refused);
                throw refused;
            }
        }
    }

    private void changeOomScore(
            Cgroup cgroup, LinuxContainerResources before, LinuxContainerResources after)
            throws IOException {
        if (before.getOomScoreAdj() == after.getOomScoreAdj()) {
            return;
        }
        try {
            OomScores.change(
                    cgroup,
                    Math.toIntExact(before.getOomScoreAdj()),
                    Math.toIntExact(after.getOomScoreAdj()));
        } catch (SyscallException refused) {
            if (!warnOnly) {
                throw refused;
            }
            LOGGER.log(Level.WARNING, "cgroup={0} {1}, ignoring", cgroup.path(), refused);
        }
    }

    private void restore(Cgroup cgroup, LinuxContainerResources before, IOException failure)
            throws RequestException {
        try {
            cgroup.apply(enforceable(limits(before)));
        } catch (IOException suppressed) {
            failure.addSuppressed(suppressed);
        }
    }

    private void enableHugepages(Path parent, LinuxContainerResources resources)
            throws IOException {
        if (resources.getHugepageLimitsCount() == 0 || isEnabled(hugepagesEnabled, parent)) {
            return;
        }
        hierarchy.enable(parent, Set.of(HUGETLB));
        hugepagesEnabled.put(parent, FileStatus.of(parent).inode());
    }

    /** Kills whatever is in a cgroup and removes it. One that is not there is no error. */
    public static void end(Path path) throws IOException {
        try (var cgroup = Cgroup.open(path)) {
            cgroup.kill();
            cgroup.remove();
        } catch (SyscallException failure) {
            if (!failure.is(Errno.ENOENT) || Files.exists(path)) {
                throw failure;
            }
        }
    }

    /** Refuses, before anything exists, limits that this node cannot enforce. */
    public void check(LinuxContainerResources resources) throws RequestException {
        long score = resources.getOomScoreAdj();
        if (Math.abs(score) > OomScores.MAX) {
            throw RequestException.invalid(
                    "oom_score_adj %d is not between -%d and %d",
                    score, OomScores.MAX, OomScores.MAX);
        }
        enforceable(limits(resources));
    }

    private Map<String, String> enforceable(ResourceLimits limits) throws RequestException {
        var enforcement = limits.enforcement(controllers);
        if (enforcement.unenforceable().isEmpty()) {
            return enforcement.enforceable();
        }
        var refused =
                enforcement.unenforceable().entrySet().stream()
                        .map(setting -> setting.getKey() + "=" + setting.getValue())
                        .sorted()
                        .collect(Collectors.joining(", "));
        if (!warnOnly) {
            throw RequestException.state(
                    "no cgroup controller enforces %s at %s (available: %s); run on a node with"
                            + " these controllers, or set cgroup.unenforceable_limits = \"warn\"",
                    refused, hierarchy.root(), String.join(" ", controllers));
        }
        LOGGER.log(Level.WARNING, "cgroup limits={0} cannot be enforced, ignoring", refused);
        return enforcement.enforceable();
    }

    /** Controllers are enabled from the root down, once per cgroup that has children. */
    private void enable(Path level) throws IOException {
        if (enabling.isEmpty() || isEnabled(enabled, level)) {
            return;
        }
        if (level.getParent() != null && !level.equals(hierarchy.root())) {
            enable(level.getParent());
        }
        try (var cgroup = Cgroup.create(level)) {
            cgroup.write("cgroup.subtree_control", enabling);
        } catch (SyscallException refused) {
            // one by one, so that a controller that is refused does not cost the others
            hierarchy.enable(level, WANTED);
        }
        enabled.put(level, FileStatus.of(level).inode());
    }

    private static boolean isEnabled(Map<Path, Long> enabled, Path level) throws SyscallException {
        var known = enabled.get(level);
        try {
            return known != null && known == FileStatus.of(level).inode();
        } catch (SyscallException refused) {
            if (refused.is(Errno.ENOENT)) {
                return false;
            }
            throw refused;
        }
    }

    /** Removes the cgroup of a pod whose processes are gone, unless it is the kubelet's. */
    public void remove(CgroupPlacement placement, SandboxRecord pod) throws IOException {
        enabled.remove(placement.pod(pod));
        hugepagesEnabled.remove(placement.pod(pod));
        if (placement.isOurs(pod)) {
            end(placement.pod(pod));
        }
    }

    private static void discard(Cgroup cgroup, Exception failure) {
        try (cgroup) {
            cgroup.remove();
        } catch (IOException suppressed) {
            failure.addSuppressed(suppressed);
        }
    }

    /**
     * CRI writes 0 for what is not limited, but for huge pages: of each size that a container did
     * not ask for, a kubelet says that it gets none. Where nothing counts them, that is let pass.
     */
    private ResourceLimits limits(LinuxContainerResources resources) {
        var builder = ResourceLimits.builder();
        positive(resources.getCpuShares(), builder::cpuShares);
        if (resources.getCpuQuota() != 0) {
            builder.cpuQuotaMicros(resources.getCpuQuota());
        }
        positive(resources.getCpuPeriod(), builder::cpuPeriodMicros);
        builder.memoryBytes(resources.getMemoryLimitInBytes());
        if (resources.getMemorySwapLimitInBytes() != 0) {
            builder.memoryAndSwapBytes(resources.getMemorySwapLimitInBytes());
        }
        if (!resources.getCpusetCpus().isEmpty()) {
            builder.cpusetCpus(resources.getCpusetCpus());
        }
        if (!resources.getCpusetMems().isEmpty()) {
            builder.cpusetMems(resources.getCpusetMems());
        }
        builder.hugepageBytes(
                resources.getHugepageLimitsList().stream()
                        .filter(limit -> limit.getLimit() > 0 || controllers.contains(HUGETLB))
                        .collect(
                                Collectors.toMap(
                                        HugepageLimit::getPageSize,
                                        HugepageLimit::getLimit,
                                        (_, last) -> last)));
        builder.unified(resources.getUnifiedMap());
        return builder.build();
    }

    private static void positive(long value, LongConsumer setter) {
        if (value > 0) {
            setter.accept(value);
        }
    }
}
