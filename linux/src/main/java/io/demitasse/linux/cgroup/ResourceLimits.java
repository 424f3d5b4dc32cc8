package io.demitasse.linux.cgroup;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a container may use, in the units in which Kubernetes says it, and as control files.
 *
 * <p>In every number 0 means "not said" and -1 "no limit", as in CRI and OCI.
 *
 * <p>Settings of {@code unified} are control files as they are; they win over the others.
 */
public record ResourceLimits(
        long cpuShares,
        long cpuQuotaMicros,
        long cpuPeriodMicros,
        String cpusetCpus,
        String cpusetMems,
        long memoryBytes,
        long memoryAndSwapBytes,
        long pids,
        Map<String, Long> hugepageBytes,
        boolean oomGroup,
        Map<String, String> unified) {
    /** Says nothing about anything. */
    public static final ResourceLimits NONE = new Builder().build();

    private static final long UNLIMITED = -1;
    private static final String MAX = "max";
    private static final long MIN_SHARES = 2;
    private static final long MAX_SHARES = 262_144;
    private static final long MIN_WEIGHT = 1;
    private static final long MAX_WEIGHT = 10_000;
    private static final long DEFAULT_CPU_PERIOD_MICROS = 100_000;

    /**
     * Checks what the kernel would not check, or would check too late.
     *
     * @throws IllegalArgumentException if a control file's name could leave the group's directory,
     *     or if swap is limited where memory is not
     */
    public ResourceLimits {
        hugepageBytes = Map.copyOf(hugepageBytes);
        unified = Map.copyOf(unified);
        for (var file : unified.keySet()) {
            if (file.contains("/") || file.indexOf('.') <= 0) {
                throw new IllegalArgumentException("no cgroup control file: \"" + file + "\"");
            }
        }
        if (memoryAndSwapBytes > 0 && memoryBytes <= 0) {
            throw new IllegalArgumentException(
                    "memory and swap limited to " + memoryAndSwapBytes + " without a memory limit");
        }
        if (memoryAndSwapBytes > 0 && memoryAndSwapBytes < memoryBytes) {
            throw new IllegalArgumentException(
                    "memory and swap limited to %d, less than the memory limit %d"
                            .formatted(memoryAndSwapBytes, memoryBytes));
        }
    }

    /** {@return a builder that says nothing yet} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return the control files to write and their values, in the order to write them} */
    public Map<String, String> toSettings() {
        var settings = new LinkedHashMap<String, String>();
        addCpu(settings);
        addMemory(settings);
        if (pids != 0) {
            settings.put("pids.max", orMax(pids));
        }
        new TreeMap<>(hugepageBytes)
                .forEach((pageSize, bytes) -> {
                    // without the limit of reservations a fault beyond the limit is SIGBUS
                    settings.put("hugetlb." + pageSize + ".max", orMax(bytes));
                    settings.put("hugetlb." + pageSize + ".rsvd.max", orMax(bytes));
                });
        settings.putAll(new TreeMap<>(unified));
        return settings;
    }

    /** {@return the controllers without which {@link #toSettings} cannot be written} */
    public Set<String> requiredControllers() {
        var controllers = new TreeSet<String>();
        toSettings().keySet().forEach(file -> controllers.add(controller(file)));
        controllers.remove("cgroup");
        return controllers;
    }

    /** Divides the settings by whether the controllers that are there can hold them. */
    public Enforcement enforcement(Set<String> controllers) {
        var enforceable = new LinkedHashMap<String, String>();
        var unenforceable = new LinkedHashMap<String, String>();
        toSettings()
                .forEach((file, value) -> {
                    var controller = controller(file);
                    boolean held = controller.equals("cgroup") || controllers.contains(controller);
                    // no limit holds without a controller, too
                    if (held || !value.equals(MAX)) {
                        (held ? enforceable : unenforceable).put(file, value);
                    }
                });
        return new Enforcement(enforceable, unenforceable);
    }

    /** Which settings can be written, and which cannot because their controller is missing. */
    public record Enforcement(Map<String, String> enforceable, Map<String, String> unenforceable) {}

    private void addCpu(Map<String, String> settings) {
        if (!cpusetCpus.isEmpty()) {
            settings.put("cpuset.cpus", cpusetCpus);
        }
        if (!cpusetMems.isEmpty()) {
            settings.put("cpuset.mems", cpusetMems);
        }
        if (cpuShares != 0) {
            settings.put("cpu.weight", Long.toString(weight(cpuShares)));
        }
        if (cpuQuotaMicros != 0 || cpuPeriodMicros != 0) {
            long period = cpuPeriodMicros == 0 ? DEFAULT_CPU_PERIOD_MICROS : cpuPeriodMicros;
            settings.put("cpu.max", (cpuQuotaMicros > 0 ? cpuQuotaMicros : "max") + " " + period);
        }
    }

    private void addMemory(Map<String, String> settings) {
        if (memoryBytes != 0) {
            settings.put("memory.max", orMax(memoryBytes));
        }
        if (memoryAndSwapBytes > 0) {
            settings.put("memory.swap.max", Long.toString(memoryAndSwapBytes - memoryBytes));
        } else if (memoryAndSwapBytes == UNLIMITED || memoryBytes == UNLIMITED) {
            settings.put("memory.swap.max", "max");
        }
        if (oomGroup) {
            settings.put("memory.oom.group", "1");
        }
    }

    /**
     * Maps the shares of version 1, 2 to 262144, to the weights of version 2, 1 to 10000, so that
     * the defaults, 1024 and 100, meet: as runc since 1.3.2 and crun since 1.23 do.
     */
    private static long weight(long shares) {
        if (shares <= MIN_SHARES) {
            return MIN_WEIGHT;
        }
        if (shares >= MAX_SHARES) {
            return MAX_WEIGHT;
        }
        double log = Math.log((double) shares) / Math.log(2);
        double exponent = (log * log + 125 * log) / 612.0 - 7.0 / 34.0;
        return (long) Math.ceil(Math.pow(10, exponent));
    }

    private static String orMax(long limit) {
        return limit < 0 ? "max" : Long.toString(limit);
    }

    private static String controller(String file) {
        return file.substring(0, file.indexOf('.'));
    }

    /** Collects limits; what is not set is not said. */
    public static final class Builder {
        private long cpuShares;
        private long cpuQuotaMicros;
        private long cpuPeriodMicros;
        private String cpusetCpus = "";
        private String cpusetMems = "";
        private long memoryBytes;
        private long memoryAndSwapBytes;
        private long pids;
        private Map<String, Long> hugepageBytes = Map.of();
        private boolean oomGroup;
        private Map<String, String> unified = Map.of();

        private Builder() {}

        /** Relative weight in the units of version 1: 1024 is one processor's worth. */
        @CanIgnoreReturnValue
        public Builder cpuShares(long shares) {
            cpuShares = shares;
            return this;
        }

        /** Processor time per period. */
        @CanIgnoreReturnValue
        public Builder cpuQuotaMicros(long micros) {
            cpuQuotaMicros = micros;
            return this;
        }

        /** The period of the quota; 100 ms if it is not said. */
        @CanIgnoreReturnValue
        public Builder cpuPeriodMicros(long micros) {
            cpuPeriodMicros = micros;
            return this;
        }

        /** Processors, {@code 0-3,7}; empty for all. */
        @CanIgnoreReturnValue
        public Builder cpusetCpus(String list) {
            cpusetCpus = list;
            return this;
        }

        /** Memory nodes, {@code 0}; empty for all. */
        @CanIgnoreReturnValue
        public Builder cpusetMems(String list) {
            cpusetMems = list;
            return this;
        }

        /** Memory without swap. */
        @CanIgnoreReturnValue
        public Builder memoryBytes(long bytes) {
            memoryBytes = bytes;
            return this;
        }

        /** Memory and swap together. */
        @CanIgnoreReturnValue
        public Builder memoryAndSwapBytes(long bytes) {
            memoryAndSwapBytes = bytes;
            return this;
        }

        /** Number of processes and threads. */
        @CanIgnoreReturnValue
        public Builder pids(long count) {
            pids = count;
            return this;
        }

        /** Limits per page size, {@code 2MB}; here 0 is a limit. */
        @CanIgnoreReturnValue
        public Builder hugepageBytes(Map<String, Long> bytesByPageSize) {
            hugepageBytes = bytesByPageSize;
            return this;
        }

        /** Whether running out of memory kills all of the group or one process. */
        @CanIgnoreReturnValue
        public Builder oomGroup(boolean whole) {
            oomGroup = whole;
            return this;
        }

        /** Control files of version 2 with their values. */
        @CanIgnoreReturnValue
        public Builder unified(Map<String, String> settings) {
            unified = settings;
            return this;
        }

        /** {@return the limits} */
        public ResourceLimits build() {
            return new ResourceLimits(
                    cpuShares,
                    cpuQuotaMicros,
                    cpuPeriodMicros,
                    cpusetCpus,
                    cpusetMems,
                    memoryBytes,
                    memoryAndSwapBytes,
                    pids,
                    hugepageBytes,
                    oomGroup,
                    unified);
        }
    }
}
