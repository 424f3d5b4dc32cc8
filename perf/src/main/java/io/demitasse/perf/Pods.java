package io.demitasse.perf;

import io.demitasse.cri.v1.VersionRequest;
import io.demitasse.perf.process.CgroupCpu;
import io.demitasse.perf.process.CpuMeter;
import io.demitasse.perf.process.ProcFiles;
import io.demitasse.perf.process.ProcessCpu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command {@code perf/pods}: how long pods take, and what they cost, on any CRI socket. */
@Command(
        name = "perf/pods",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Starts and removes pods through a CRI socket and says what that took.")
public final class Pods implements Callable<Integer> {
    private static final int BAD_USAGE = 2;

    @Option(names = "--endpoint", required = true, description = "CRI socket: unix://PATH or PATH")
    private String endpoint = "";

    @Option(
            names = "--image",
            required = true,
            description = "holds sleep and true; pulled if absent")
    private String image = "";

    @Option(names = "--count", description = "pods to time (default: ${DEFAULT-VALUE})")
    private int count = 100;

    @Option(names = "--parallel", description = "pods at a time (default: ${DEFAULT-VALUE})")
    private int parallel = 1;

    @Option(names = "--warmup", description = "pods before the timed ones (${DEFAULT-VALUE})")
    private int warmup = 10;

    @Option(names = "--idle", description = "idle pods to weigh, 0 for none (${DEFAULT-VALUE})")
    private int idle = 20;

    @Option(names = "--network", description = "pod or host (default: pod)")
    private Network network = Network.POD;

    @Option(names = "--yardstick", description = "time `crun run` of true after each pod")
    private boolean yardstick;

    @Option(names = "--cgroup-parent", description = "cgroup_parent of the pods (default: none)")
    private String cgroupParent = "";

    @Option(
            names = "--cgroup",
            description =
                    "take CPU from this cgroup directory, which holds pods and shims, and from"
                            + " /proc for a daemon outside of it; one in a mount namespace of its"
                            + " own is at /proc/PID/root/sys/fs/cgroup/...; default: /proc alone")
    private Optional<Path> cgroup = Optional.empty();

    @Option(names = "--runtime-pid", description = "default: who listens on the socket")
    private Optional<Integer> runtimePid = Optional.empty();

    @Option(names = "--json", description = "write the figures to this file too")
    private Optional<Path> json = Optional.empty();

    private final ProcFiles files = new ProcFiles(Path.of("/proc"));
    private final AtomicInteger next = new AtomicInteger();

    /** Runs the command. */
    public static void main(String[] arguments) {
        System.exit(
                new CommandLine(new Pods())
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .setExecutionExceptionHandler((failure, _, _) -> explain(failure))
                        .execute(arguments));
    }

    private static int explain(Exception failure) {
        Throwable outermost = failure;
        while (outermost instanceof ExecutionException && outermost.getCause() != null) {
            outermost = outermost.getCause();
        }
        // gRPC says "io exception"; what is wrong with the socket stands in the last cause.
        var message = new StringBuilder("perf/pods: ").append(outermost.getMessage());
        for (var cause = outermost.getCause(); cause != null; cause = cause.getCause()) {
            message.append(": ").append(cause);
        }
        System.err.println(message);
        return 1;
    }

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        if (yardstick && parallel > 1) {
            System.err.println(
                    "perf/pods: --yardstick takes turns with pods, so needs --parallel 1");
            return BAD_USAGE;
        }
        var logs = Files.createTempDirectory("demitasse-perf-");
        try (var client = new CriClient(endpoint)) {
            int pid = runtimePid.isPresent() ? runtimePid.get() : client.serverPid();
            var template =
                    new PodTemplate(
                            ProcessHandle.current().pid(),
                            client.image(image),
                            network,
                            cgroupParent,
                            logs);
            var cycle = new PodCycle(client, template);
            var interrupted = new Thread(() -> undo(cycle, logs), "undo");
            Runtime.getRuntime().addShutdownHook(interrupted);
            try (cycle) {
                publish(measure(client, cycle, template, pid));
            }
            Runtime.getRuntime().removeShutdownHook(interrupted);
        } finally {
            remove(logs);
        }
        return 0;
    }

    /** What an interrupted run must take back; pods first, for they write into the directory. */
    private static void undo(PodCycle cycle, Path logs) {
        cycle.close();
        try {
            remove(logs);
        } catch (IOException busy) {
            System.err.println("perf/pods: " + logs + " stays behind: " + busy);
        }
    }

    private Report measure(CriClient client, PodCycle cycle, PodTemplate template, int pid)
            throws IOException, InterruptedException, ExecutionException {
        var cpu = meter(pid, template);
        var unused = RuntimeMemory.now(files, pid, template.command());
        repeat(cycle, new Timings(System::nanoTime), cpu, warmup);
        var setup =
                new Report.Setup(
                        Instant.now(),
                        endpoint,
                        client.runtime().version(VersionRequest.getDefaultInstance()),
                        template,
                        image,
                        count,
                        parallel,
                        cpu.source(),
                        Machine.now(files));
        var timings = new Timings(System::nanoTime);
        var used = cpu.used();
        long began = System.nanoTime();
        repeat(cycle, timings, cpu, count);
        var elapsed = Duration.ofNanos(System.nanoTime() - began);
        used = cpu.used().minus(used);
        var subject = new IdlePods.Subject(files, pid, template.command());
        Optional<IdlePods> weighed =
                idle == 0
                        ? Optional.empty()
                        : Optional.of(
                                IdlePods.measure(
                                        client, cycle, subject, next.get(), idle, timings));
        return new Report(setup, timings, elapsed, used, unused, weighed, Machine.now(files));
    }

    private CpuMeter meter(int pid, PodTemplate template) throws IOException {
        return cgroup.isPresent()
                ? CgroupCpu.of(cgroup.get(), files, pid)
                : new ProcessCpu(files, pid, template.command());
    }

    /** Runs cycles on as many threads as were asked for; the first failure ends them all. */
    private void repeat(PodCycle cycle, Timings timings, CpuMeter cpu, int cycles)
            throws InterruptedException, ExecutionException, IOException {
        try (var threads = Executors.newFixedThreadPool(parallel);
                var crun = new Interlude(timings)) {
            var running = new ArrayList<Future<?>>();
            for (int i = 0; i < cycles; i++) {
                running.add(
                        threads.submit(() -> {
                            cycle.run(next.getAndIncrement(), timings, cpu::observe);
                            crun.run();
                            return null;
                        }));
            }
            await(running);
        }
    }

    /** What happens between two pods: one run of crun if it was asked for. */
    private final class Interlude implements AutoCloseable {
        private final Optional<Yardstick> crun;
        private final Timings timings;

        Interlude(Timings timings) throws IOException {
            this.timings = timings;
            crun = yardstick ? Optional.of(new Yardstick(script())) : Optional.empty();
        }

        void run() throws IOException {
            if (crun.isPresent()) {
                timings.add(Step.YARDSTICK, crun.get().run());
            }
        }

        @Override
        public void close() throws IOException {
            if (crun.isPresent()) {
                crun.get().close();
            }
        }
    }

    private static void await(List<Future<?>> running)
            throws InterruptedException, ExecutionException {
        try {
            for (var each : running) {
                each.get();
            }
        } finally {
            running.forEach(each -> each.cancel(false));
        }
    }

    private static Path script() {
        return Path.of(System.getProperty("demitasse.perf.directory", "perf")).resolve("yardstick");
    }

    private void publish(Report report) throws IOException {
        System.out.print(report.text());
        if (json.isPresent()) {
            Files.writeString(json.get(), report.json());
        }
    }

    private static void remove(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (var below = Files.walk(directory)) {
            for (var path : below.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
