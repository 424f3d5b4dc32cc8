package io.demitasse.shim.launch;

import io.demitasse.linux.Fd;
import io.demitasse.linux.mount.ReadOnlyProgram;
import io.demitasse.linux.process.ChildProcess;
import io.demitasse.linux.process.Pidfd;
import io.demitasse.shim.plan.LaunchPlan;
import io.demitasse.shim.plan.Monitor;
import io.demitasse.shim.plan.NamespaceKind;
import io.demitasse.shim.plan.ProcessOperation;
import io.demitasse.shim.plan.StandardStreams;
import io.demitasse.shim.protocol.ShimMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs to start a process, and to know that it has ended.
 *
 * <p>Question: what does the resident spawner cost and save, beside posix_spawn(3) straight from
 * this JVM? The spawner's variants do more: a shim is forked first, which then waits for the
 * process. Needs root, and {@code -Ddemitasse.shim}.
 */
@BenchmarkMode({Mode.SampleTime})
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@State(Scope.Benchmark)
public class SpawnBenchmark {
    private static final List<String> IDLE = List.of("demitasse-pause");

    private final Path directory;
    private final Fd binary;
    private final Spawner spawner;

    /** Starts the spawner. */
    public SpawnBenchmark() {
        var shim = Path.of(System.getProperty("demitasse.shim", "demitasse-shim"));
        try {
            directory = Files.createTempDirectory("demitasse-spawn-");
            binary = ReadOnlyProgram.of("demitasse-shim", Files.readAllBytes(shim));
            spawner =
                    Spawner.start(
                            new SpawnerOptions(shim, Optional.empty(), directory.resolve("lock")));
        } catch (IOException refused) {
            throw new IllegalStateException("cannot start the spawner", refused);
        }
    }

    /** Ends the spawner. */
    @TearDown
    public void close() throws IOException {
        spawner.close();
        binary.close();
        Files.deleteIfExists(directory.resolve("lock"));
        Files.delete(directory);
    }

    /** A process in the namespaces of the shim. */
    @Benchmark
    public ShimMessage spawner() throws IOException {
        return startAndKill(Set.of());
    }

    /** A process in a mount and pid namespace of its own, as a container's. */
    @Benchmark
    public ShimMessage spawnerWithNamespaces() throws IOException {
        return startAndKill(Set.of(NamespaceKind.MOUNT, NamespaceKind.PID));
    }

    /** The same program from this JVM: no shim, no namespaces, the whole environment of a JVM. */
    @Benchmark
    public int posixSpawn() throws IOException {
        try (var child = ChildProcess.start(binary, IDLE, List.of())) {
            child.pidfd().signal(Pidfd.SIGKILL);
            return child.await();
        }
    }

    private ShimMessage startAndKill(Set<NamespaceKind> kinds) throws IOException {
        var plan =
                new LaunchPlan(
                        new Monitor.Exec(),
                        StandardStreams.none(),
                        List.of(
                                new ProcessOperation.CloneProcess(kinds, Optional.empty()),
                                new ProcessOperation.ExecuteSelf(IDLE)));
        try (var launched = spawner.launch(plan)) {
            launched.init().signal(Pidfd.SIGKILL);
            return launched.connection().await();
        }
    }
}
