package io.demitasse.shim.container;

import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.io.MemoryFd;
import io.demitasse.shim.plan.EncodedPlan;
import io.demitasse.shim.plan.LaunchPlan;
import io.demitasse.shim.plan.SeccompFilter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs to say in bytes what the shim has to do for a container as the kubelet asks for it.
 *
 * <p>Questions: is the plan worth caching, and is one memfd per launch, which is a copy of it, dear
 * beside it?
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@State(Scope.Thread)
public class PlanBenchmark {
    private static final int SECCOMP_BYTES = 800;
    private static final long DEFAULT_CAPABILITIES = 0xa80425fbL;

    private final Fd anything;
    private final ContainerSpec spec;
    private final LaunchPlan plan;

    /** Makes the container that is encoded. */
    public PlanBenchmark() {
        try {
            anything = MemoryFd.sealed("benchmark", new byte[0]);
        } catch (SyscallException refused) {
            throw new IllegalStateException(refused);
        }
        spec = specification(anything);
        plan = ContainerPlan.of(spec);
    }

    /** Says what is encoded. */
    @Setup
    public void report() {
        System.out.printf(
                "# plan: %d operations, %d bytes%n",
                plan.operations().size(), plan.encode().bytes().length);
    }

    /** Ends the descriptor that stands for all others. */
    @TearDown
    public void close() {
        anything.close();
    }

    /** From the container to the list of operations. */
    @Benchmark
    public LaunchPlan compile() {
        return ContainerPlan.of(spec);
    }

    /** From the list to bytes. */
    @Benchmark
    public EncodedPlan encode() {
        return plan.encode();
    }

    /** All of it, and the bytes in a sealed file that the shim can map. */
    @Benchmark
    public long compileEncodeAndSeal() throws SyscallException {
        try (var file = MemoryFd.sealed("plan", ContainerPlan.of(spec).encode().bytes())) {
            return file.number();
        }
    }

    private static ContainerSpec specification(Fd fd) {
        var process =
                ProcessSpec.of(
                                List.of("sleep", "3600"),
                                List.of("PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=pod-1"))
                        .withIdentity(Credentials.root(), CapabilityMasks.of(DEFAULT_CAPABILITIES))
                        .withConfinement(
                                new Confinement(
                                        false,
                                        Optional.of(SeccompFilter.of(new byte[SECCOMP_BYTES])),
                                        Optional.empty()));
        var some = Optional.of(fd);
        return new ContainerSpec(
                fd,
                false,
                fd,
                fd,
                fd,
                new Namespaces(some, some, some, new PidNamespace.Own()),
                Optional.empty(),
                List.of(
                        new ContainerMount.Attach(fd, "/etc/hosts", true),
                        new ContainerMount.Attach(fd, "/etc/resolv.conf", true),
                        new ContainerMount.Attach(fd, "/etc/hostname", true),
                        new ContainerMount.Attach(fd, "/dev/shm", false)),
                List.of(),
                List.of("/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"),
                List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"),
                false,
                process);
    }
}
