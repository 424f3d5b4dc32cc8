package io.demitasse.linux.cgroup;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The statistics files of one group, kept open: reading is one pread(2) per file.
 *
 * <p>Without the memory controller it holds one descriptor, with all controllers six.
 *
 * {@snippet :
 * try (var buffer = new StatsBuffer()) {
 *     for (var meter : meters) {
 *         report(meter.read(buffer));
 *     }
 * }
 * }
 *
 * <p><b>Threads.</b> May be shared.
 */
public final class CgroupMeter implements AutoCloseable {
    private static final byte[][] CPU_KEYS =
            keys(
                    "usage_usec",
                    "user_usec",
                    "system_usec",
                    "nr_periods",
                    "nr_throttled",
                    "throttled_usec");
    private static final byte[][] MEMORY_KEYS =
            keys(
                    "anon",
                    "file",
                    "kernel",
                    "file_mapped",
                    "inactive_file",
                    "active_file",
                    "pgfault",
                    "pgmajfault");
    private static final byte[][] EVENT_KEYS = keys("oom", "oom_kill");

    private final Fd cpu;
    private final Optional<MemoryFiles> memory;
    private final Optional<Fd> pids;

    private CgroupMeter(Fd cpu, Optional<MemoryFiles> memory, Optional<Fd> pids) {
        this.cpu = cpu;
        this.memory = memory;
        this.pids = pids;
    }

    /** Opens the statistics files that the group has. */
    public static CgroupMeter open(Cgroup cgroup) throws SyscallException {
        var directory = cgroup.directory();
        var cpu = ControlFile.openForReading(directory, "cpu.stat");
        try {
            return new CgroupMeter(
                    cpu,
                    MemoryFiles.openIfPresent(directory),
                    openIfPresent(directory, "pids.current"));
        } catch (SyscallException refused) {
            cpu.close();
            throw refused;
        }
    }

    /** {@return what the group used until now} */
    public CgroupStats read(StatsBuffer buffer) throws SyscallException {
        buffer.fill(cpu);
        var time = buffer.numbers(CPU_KEYS);
        return new CgroupStats(
                new CgroupStats.Cpu(time[0], time[1], time[2], time[3], time[4], time[5]),
                memory.isEmpty() ? Optional.empty() : Optional.of(memory.get().read(buffer)),
                number(buffer, pids));
    }

    /** {@return what the group used until now, with a buffer of its own} */
    public CgroupStats read() throws SyscallException {
        try (var buffer = new StatsBuffer()) {
            return read(buffer);
        }
    }

    @Override
    public void close() {
        cpu.close();
        memory.ifPresent(MemoryFiles::close);
        pids.ifPresent(Fd::close);
    }

    private static OptionalLong number(StatsBuffer buffer, Optional<Fd> file)
            throws SyscallException {
        if (file.isEmpty()) {
            return OptionalLong.empty();
        }
        buffer.fill(file.get());
        return OptionalLong.of(buffer.number());
    }

    private static Optional<Fd> openIfPresent(Fd directory, String name) throws SyscallException {
        try {
            return Optional.of(ControlFile.openForReading(directory, name));
        } catch (SyscallException refused) {
            if (refused.is(Errno.ENOENT)) {
                return Optional.empty();
            }
            throw refused;
        }
    }

    private static byte[][] keys(String... names) {
        return Stream.of(names).map(name -> name.getBytes(US_ASCII)).toArray(byte[][]::new);
    }

    private record MemoryFiles(Fd current, Fd stat, Fd events, Optional<Fd> swap) {
        static Optional<MemoryFiles> openIfPresent(Fd directory) throws SyscallException {
            var current = CgroupMeter.openIfPresent(directory, "memory.current");
            if (current.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(
                    new MemoryFiles(
                            current.get(),
                            ControlFile.openForReading(directory, "memory.stat"),
                            ControlFile.openForReading(directory, "memory.events"),
                            CgroupMeter.openIfPresent(directory, "memory.swap.current")));
        }

        CgroupStats.Memory read(StatsBuffer buffer) throws SyscallException {
            buffer.fill(current);
            long currentBytes = buffer.number();
            buffer.fill(stat);
            var counts = buffer.numbers(MEMORY_KEYS);
            buffer.fill(events);
            var oom = buffer.numbers(EVENT_KEYS);
            return new CgroupStats.Memory(
                    currentBytes,
                    counts[0],
                    counts[1],
                    counts[2],
                    counts[3],
                    counts[4],
                    counts[5],
                    counts[6],
                    counts[7],
                    oom[0],
                    oom[1],
                    number(buffer, swap));
        }

        void close() {
            current.close();
            stat.close();
            events.close();
            swap.ifPresent(Fd::close);
        }
    }
}
