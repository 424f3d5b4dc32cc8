package io.demitasse.perf.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A {@code /proc} to read from. A process that ends while it is read counts as gone. */
public final class ProcFiles {
    private final Path root;

    /** Reads below {@code root}: {@code /proc}, or a copy of a part of it. */
    public ProcFiles(Path root) {
        this.root = root;
    }

    /** {@return every process of the pid namespace, by pid} */
    public Map<Integer, ProcessStat> processes() {
        var processes = new TreeMap<Integer, ProcessStat>();
        try (var entries = Files.newDirectoryStream(root, "[0-9]*")) {
            for (var entry : entries) {
                lines(entry.resolve("stat")).stream()
                        .map(ProcessStat::parse)
                        .forEach(stat -> processes.put(stat.pid(), stat));
            }
        } catch (IOException unreadable) {
            throw new UncheckedIOException("cannot list " + root, unreadable);
        }
        return processes;
    }

    /** {@return those of {@code pids} whose arguments end with exactly {@code arguments}} */
    public Set<Integer> withArguments(Set<Integer> pids, List<String> arguments) {
        String wanted = String.join("\0", arguments) + "\0";
        return pids.stream()
                .filter(pid -> ("\0" + text(pid, "cmdline")).endsWith("\0" + wanted))
                .collect(Collectors.toSet());
    }

    /** {@return what a process has in memory} */
    public MemoryRollup memory(int pid) {
        return MemoryRollup.parse(lines(file(pid, "smaps_rollup")));
    }

    /** {@return the CPU time that the living threads of a process have used, to the nanosecond} */
    public Duration threadTime(int pid) {
        long nanos = 0;
        try (var threads = Files.newDirectoryStream(file(pid, "task"))) {
            for (var thread : threads) {
                // schedstat: nanoseconds on a CPU, nanoseconds waiting for one, time slices
                for (String line : lines(thread.resolve("schedstat"))) {
                    nanos += Long.parseLong(line.substring(0, line.indexOf(' ')));
                }
            }
        } catch (IOException _) {
            return Duration.ZERO; // ended: what it used is its parent's to tell
        }
        return Duration.ofNanos(nanos);
    }

    /** {@return a figure of {@code /proc/meminfo}, as {@code MemAvailable}} */
    public long machineMemoryBytes(String name) {
        return MemoryRollup.bytes(lines(root.resolve("meminfo")), name + ":");
    }

    /** {@return the lines of a file directly below the root; none if there is no such file} */
    public List<String> machineLines(String name) {
        return lines(root.resolve(name));
    }

    private Path file(int pid, String name) {
        return root.resolve(Integer.toString(pid)).resolve(name);
    }

    private String text(int pid, String name) {
        return String.join("\n", lines(file(pid, name)));
    }

    private static List<String> lines(Path file) {
        try {
            // Arguments and commands are bytes of others: one character per byte never fails.
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        } catch (IOException _) {
            return List.of(); // ESRCH or ENOENT: the process ended between readdir and here
        }
    }
}
