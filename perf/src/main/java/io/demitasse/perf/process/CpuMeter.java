package io.demitasse.perf.process;

import java.time.Duration;

/** How much CPU a runtime, its helpers and its containers have used. */
public sealed interface CpuMeter permits CgroupCpu, ProcessCpu {
    /** {@return a running total; only differences mean anything} */
    Duration used();

    /** Tells that containers run now, for meters that must look while there is something to see. */
    void observe();

    /** {@return where the figure comes from, and what it misses} */
    String source();
}
