package io.demitasse.linux.ffm;

import java.lang.foreign.Arena;
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
 * What entering the kernel costs through the one all-long signature: getppid(2) and close(-1).
 *
 * <p>Questions: is one shape for all calls dear, and may cold paths open an arena per call, or must
 * every caller keep a {@link CallState}?
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@State(Scope.Thread)
public class DowncallBenchmark {
    private static final int NO_FD = -1;

    private final Arena arena = Arena.ofShared();
    private final CallState kept = CallState.in(arena);

    /** Ends the arena. */
    @TearDown
    public void close() {
        arena.close();
    }

    /** Succeeds: errno is captured but not read. */
    @Benchmark
    public long getppid() {
        return Kernel.call(kept, SystemCall.GETPPID);
    }

    /** Fails, with the state kept by its owner. */
    @Benchmark
    public long closeWithStateKeptByOwner() {
        return Kernel.call(kept, SystemCall.CLOSE, NO_FD);
    }

    /** Fails, with a state of its own. */
    @Benchmark
    public long closeWithStatePerCall() {
        try (var confined = Arena.ofConfined()) {
            return Kernel.call(CallState.in(confined), SystemCall.CLOSE, NO_FD);
        }
    }
}
