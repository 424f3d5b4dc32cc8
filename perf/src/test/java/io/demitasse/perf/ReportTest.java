package io.demitasse.perf;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.VersionResponse;
import io.demitasse.perf.process.MemoryRollup;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReportTest {
    private final Timings timings = new Timings(System::nanoTime);
    private final Machine machine = new Machine("6.18", 2, "0.1 0.1 0.1", 0);
    private final PodTemplate template =
            new PodTemplate(1, ImageSpec.getDefaultInstance(), Network.POD, "", Path.of("/logs"));
    private final Report.Setup setup =
            new Report.Setup(
                    Instant.EPOCH,
                    "unix:///socket",
                    VersionResponse.newBuilder().setRuntimeName("demitasse").build(),
                    template,
                    "busybox",
                    2,
                    1,
                    "cpu.stat",
                    machine);

    @Test
    void shouldComparePodStartWithTheYardstick() {
        timings.add(Step.POD_START, Duration.ofMillis(6));
        timings.add(Step.YARDSTICK, Duration.ofMillis(12));

        var report = report(Optional.empty());

        assertThat(report.ratio()).hasValue(0.5);
        assertThat(report.text()).contains("pod start / crun run               0.50");
    }

    @Test
    void shouldDivideWhatIdlePodsAddByTheirNumber() {
        var before = memory(100 << 10, 0);
        var after = memory(140 << 10, 60 << 10);

        var report = report(Optional.of(new IdlePods(10, before, after)));

        assertThat(report.text())
                .contains("PSS per idle pod, kB                 10   shims 6, daemon growth 4");
    }

    @Test
    void shouldSayTheSameInJson() {
        timings.add(Step.RUN_POD_SANDBOX, Duration.ofMillis(3));

        var json = JsonParser.parseString(report(Optional.empty()).json()).getAsJsonObject();

        assertThat(json.get("cpuMillisPerCycle").getAsDouble()).isEqualTo(15);
        assertThat(
                        json.getAsJsonObject("millis")
                                .getAsJsonObject("RunPodSandbox")
                                .get("p50")
                                .getAsDouble())
                .isEqualTo(3);
    }

    private Report report(Optional<IdlePods> idle) {
        return new Report(
                setup,
                timings,
                Duration.ofSeconds(1),
                Duration.ofMillis(30),
                memory(100 << 10, 0),
                idle,
                machine);
    }

    private static RuntimeMemory memory(long daemonBytes, long shimBytes) {
        var daemon = new MemoryRollup(daemonBytes, daemonBytes);
        var shims = new MemoryRollup(shimBytes, shimBytes);
        return new RuntimeMemory(
                7, shimBytes == 0 ? Map.of(7, daemon) : Map.of(7, daemon, 8, shims), 0);
    }
}
