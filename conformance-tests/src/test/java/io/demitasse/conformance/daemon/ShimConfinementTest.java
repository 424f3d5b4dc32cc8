package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a shim may do once its container runs. The spawner, whose child it is and who confines
 * nothing of itself, shows that the kernel would say so.
 */
@Timeout(300)
class ShimConfinementTest {
    private static final String NO_CAPABILITIES = "0000000000000000";

    @TempDir static Path directory;

    private static RunningDaemon daemon;

    @BeforeAll
    static void startDaemon() throws Exception {
        daemon = RunningDaemon.start(directory);
    }

    @AfterAll
    static void stopDaemon() throws Exception {
        if (daemon != null) {
            daemon.close();
        }
    }

    @Test
    void shouldHaveNoCapabilityAndFewSystemCallsOnceItsContainerRuns() throws Exception {
        createAndStart(daemon, run(daemon, pod(daemon, "few")), container("c", "sleep", "600"));

        assertThat(status("demitasse-spawner").get("CapEff")).isNotEqualTo(NO_CAPABILITIES);
        assertThat(status("demitasse-spawner")).containsEntry("Seccomp", "0");
        // after it has told that the container runs: nobody waits for it
        Eventually.equal("2", () -> status("demitasse-shim").get("Seccomp"));
        assertThat(status("demitasse-shim"))
                .containsEntry("CapEff", NO_CAPABILITIES)
                .containsEntry("CapPrm", NO_CAPABILITIES)
                .containsEntry("NoNewPrivs", "1");
    }

    @Test
    void shouldNotBeTracedByRootWithoutThatCapability() throws Exception {
        createAndStart(daemon, run(daemon, pod(daemon, "traced")), container("c", "sleep", "600"));
        Eventually.equal("2", () -> status("demitasse-shim").get("Seccomp"));

        // what a container with the host's processes and default capabilities would find
        assertThat(memoryAsRootWithoutCapabilities(pid("demitasse-shim")))
                .contains("Permission denied");
        var own = ProcessHandle.current().pid();
        assertThat(memoryAsRootWithoutCapabilities(own)).contains("Permission denied");
        var sleeper = new ProcessBuilder(withoutCapabilities("sleep", "600")).start();
        assertThat(memoryAsRootWithoutCapabilities(sleeper.pid()))
                .isNotEmpty()
                .doesNotContain("Permission denied", "cat: ");
        sleeper.destroyForcibly();
    }

    private static String memoryAsRootWithoutCapabilities(long pid) throws Exception {
        return RunningDaemon.run(withoutCapabilities("cat", "/proc/" + pid + "/auxv"));
    }

    private static List<String> withoutCapabilities(String... command) {
        return Stream.concat(
                        Stream.of("setpriv", "--bounding-set=-all", "--inh-caps=-all"),
                        Arrays.stream(command))
                .toList();
    }

    /** {@return fields of proc_pid_status(5)} */
    private static Map<String, String> status(String name) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid(name)), "status")).stream()
                .filter(line -> line.contains(":\t"))
                .collect(
                        Collectors.toMap(
                                line -> line.substring(0, line.indexOf(':')),
                                line -> line.substring(line.indexOf('\t') + 1).strip(),
                                (first, _) -> first));
    }

    /** {@return one of that name in the cgroup of spawner and shims} */
    private static long pid(String name) throws IOException {
        var members = Files.readAllLines(daemon.cgroup().resolve("demitasse/shims/cgroup.procs"));
        for (var pid : members) {
            if (isNamed(pid, name)) {
                return Long.parseLong(pid);
            }
        }
        throw new AssertionError("no " + name + " among " + members);
    }

    private static boolean isNamed(String pid, String name) throws IOException {
        try {
            return Files.readString(Path.of("/proc", pid, "cmdline")).startsWith(name);
        } catch (NoSuchFileException ended) {
            return false;
        }
    }
}
