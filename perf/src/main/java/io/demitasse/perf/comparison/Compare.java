package io.demitasse.perf.comparison;

import io.demitasse.cri.v1.SecurityProfile.ProfileType;
import io.demitasse.perf.IdlePods;
import io.demitasse.perf.Machine;
import io.demitasse.perf.Network;
import io.demitasse.perf.RuntimeMemory;
import io.demitasse.perf.Timings;
import io.demitasse.perf.process.ProcFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What {@code perf/compare} runs when all runtimes are up: the same pods on each, in turns. */
@Command(name = "perf/compare", mixinStandardHelpOptions = true, sortOptions = false)
public final class Compare implements Callable<Integer> {
    private static final Duration AFTERMATH = Duration.ofMillis(50);

    @Option(
            names = "--runtime",
            required = true,
            description = "NAME,SOCKET,CGROUP of each; the others are compared with the first")
    private List<String> runtimes = List.of();

    @Option(names = "--image", required = true, description = "holds sh, sleep and true")
    private String image = "";

    @Option(names = "--logs", required = true, description = "a directory for the pods' logs")
    private Path logs = Path.of("");

    @Option(names = "--versions", description = "a file with a line for each program")
    private Optional<Path> versions = Optional.empty();

    @Option(names = "--count", description = "cycles to time (default: ${DEFAULT-VALUE})")
    private int count = 100;

    @Option(names = "--block", description = "cycles before the next one's turn (${DEFAULT-VALUE})")
    private int block = 5;

    @Option(names = "--warmup", description = "cycles before the timed ones (${DEFAULT-VALUE})")
    private int warmup = 20;

    @Option(names = "--burst", description = "pods of a burst, 0 for none (${DEFAULT-VALUE})")
    private int burst = 50;

    @Option(names = "--bursts", description = "how many bursts (${DEFAULT-VALUE})")
    private int bursts = 3;

    @Option(names = "--parallel", description = "pods of a burst at a time (${DEFAULT-VALUE})")
    private int parallel = 10;

    @Option(names = "--exits", description = "containers to kill (${DEFAULT-VALUE})")
    private int exits = 20;

    @Option(names = "--density", description = "idle pods, 0 for none (${DEFAULT-VALUE})")
    private int density = 20;

    @Option(
            names = "--recoveries",
            description = "how often to kill the runtime (${DEFAULT-VALUE})")
    private int recoveries = 5;

    @Option(names = "--network", description = "pod or host (default: pod)")
    private Network network = Network.POD;

    @Option(
            names = "--unconfined",
            description =
                    "the pods of this runtime get no seccomp filter: a comparison that must fail")
    private String unconfined = "";

    @Option(names = "--json", description = "write the figures to this file too")
    private Optional<Path> json = Optional.empty();

    @Option(names = "--state", description = "what the state of all is on, for the table")
    private String state = "";

    private final ProcFiles files = new ProcFiles(Path.of("/proc"));
    private final List<Contender> contenders = new ArrayList<>();

    /** Runs the command. */
    public static void main(String[] arguments) {
        System.exit(
                new CommandLine(new Compare())
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .setExecutionExceptionHandler((failure, _, _) -> explain(failure))
                        .execute(arguments));
    }

    private static int explain(Exception failure) {
        var message = new StringBuilder("perf/compare: ").append(failure.getMessage());
        for (var cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            message.append(": ").append(cause);
        }
        System.err.println(message);
        return 1;
    }

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        try {
            connect();
            requireEqualWork();
            var comparison = measure();
            System.out.print(comparison.text());
            if (json.isPresent()) {
                Files.writeString(json.get(), comparison.json());
            }
        } finally {
            contenders.forEach(Contender::close);
        }
        return 0;
    }

    private void connect() throws IOException {
        var terms = new Contender.Terms(image, network, logs);
        for (String runtime : runtimes) {
            var place = Contender.Place.parse(runtime);
            var seccomp =
                    place.name().equals(unconfined)
                            ? ProfileType.Unconfined
                            : ProfileType.RuntimeDefault;
            long run = ProcessHandle.current().pid() * runtimes.size() + contenders.size();
            try {
                contenders.add(new Contender(place, terms, run, seccomp, files));
            } catch (RuntimeException unable) {
                throw new IOException("cannot begin with " + place.name(), unable);
            }
        }
    }

    private void requireEqualWork() throws IOException {
        Map<String, Work> works = new TreeMap<>();
        for (var contender : contenders) {
            works.put(contender.name(), new WorkProbe(contender).look());
        }
        var differences = Work.differences(works);
        if (!differences.isEmpty()) {
            throw new IOException(
                    "the work is not equal, so there is nothing to compare:\n  "
                            + String.join("\n  ", differences));
        }
    }

    private Comparison measure() throws IOException, InterruptedException, ExecutionException {
        var setup =
                new Comparison.Setup(
                        Instant.now(),
                        versions.isPresent() ? Files.readAllLines(versions.get()) : List.of(),
                        new Comparison.Amounts(count, burst, parallel, density, recoveries),
                        network,
                        state,
                        Machine.now(files));
        for (var contender : contenders) {
            cycles(contender, warmup, new Timings(System::nanoTime));
        }
        for (int done = 0; done < count; done += block) {
            for (var contender : inTurn(done / block)) {
                timedBlock(contender, Math.min(block, count - done));
            }
        }
        for (int i = 0; burst > 0 && i < bursts; i++) {
            for (var contender : inTurn(i)) {
                new Burst(contender, parallel).measure(burst);
            }
        }
        for (var contender : contenders) {
            new ExitEvents(contender).measure(exits);
            if (density > 0) {
                measureIdle(contender);
            }
        }
        return new Comparison(setup, List.copyOf(contenders), Machine.now(files));
    }

    /** {@return the contenders, each time another one first} */
    private List<Contender> inTurn(int round) {
        var turn = new ArrayList<>(contenders);
        Collections.rotate(turn, round);
        return turn;
    }

    private static void timedBlock(Contender contender, int cycles) throws IOException {
        var before = contender.cpu().used();
        cycles(contender, cycles, contender.timings());
        // what a runtime puts off until after its answer is its CPU as well
        LockSupport.parkNanos(AFTERMATH.toNanos());
        contender.totals().addCpu(contender.cpu().used().minus(before), cycles);
    }

    private static void cycles(Contender contender, int cycles, Timings timings)
            throws IOException {
        for (int i = 0; i < cycles; i++) {
            contender.cycle().run(contender.nextPod(), timings, () -> {});
        }
    }

    /** The others have no pods meanwhile: shims of two runtimes would share pages. */
    private void measureIdle(Contender contender)
            throws IOException, InterruptedException, ExecutionException {
        var subject = contender.subject();
        var before = subject.settled();
        contender.totals().setUnused(before);
        var pods = new Burst(contender, parallel);
        var running = pods.start(density, new Timings(System::nanoTime));
        RuntimeMemory after = subject.settled();
        contender.totals().setIdle(new IdlePods(density, before, after));
        IdlePods.look(
                contender.client(), contender.cycle(), running.getLast(), contender.timings());
        var recovery = new Recovery(contender, density);
        for (int i = 0; i < recoveries; i++) {
            recovery.measure();
        }
        pods.end(running);
    }
}
