package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.awaitExit;
import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.Mount;
import io.demitasse.cri.v1.SecurityProfile;
import io.demitasse.cri.v1.SecurityProfile.ProfileType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a container gets of a daemon that was started with odd values for all that a process
 * inherits. The same program run by that starter shows that the values are odd and are inherited.
 */
@Timeout(300)
class InheritedAttributesTest {
    private static final Path SOURCE = Path.of("src/test/c/attributes.c");

    @TempDir static Path directory;

    private static RunningDaemon daemon;
    private static Path tools;
    private static Map<String, String> plain;
    private static Map<String, String> odd;
    private static Map<String, String> started;
    private static Map<String, String> executed;

    @BeforeAll
    static void lookFromWithin() throws Exception {
        tools = Files.createDirectory(directory.resolve("tools"));
        var program = tools.resolve("attributes").toString();
        var built =
                RunningDaemon.run(
                        List.of("cc", "-static", "-O1", "-o", program, SOURCE.toString()));
        assertThat(built).isEmpty();
        plain = lines(RunningDaemon.run(List.of(program, "show")));
        odd = lines(RunningDaemon.run(List.of(program, "wear", program, "show")));
        daemon = RunningDaemon.startUnder(directory, List.of(program, "wear"));

        var pod = run(daemon, pod(daemon, "p"));
        awaitExit(
                daemon,
                createAndStart(daemon, pod, unconfined("start", "/tools/attributes", "show")));
        started =
                lines(
                        Files.readString(daemon.logs().resolve("p/start.log"))
                                .replaceAll("(?m)^\\S+Z std(out|err) [FP] ", ""));
        var running = createAndStart(daemon, pod, unconfined("exec", "sleep", "600"));
        executed =
                lines(
                        exec(daemon, running, "/tools/attributes", "show")
                                .getStdout()
                                .toStringUtf8());
    }

    @AfterAll
    static void stopDaemon() throws Exception {
        if (daemon != null) {
            daemon.close();
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "policy, 0",
        "nice, 0",
        "io-priority, 0",
        "timer-slack, 50000",
        "huge-pages-off, 0",
        "core-filter, 00000033",
        "personality, 0",
        "securebits, 0",
        "session-keyring, _ses",
        "subreaper, 0",
        "oom-score, 0",
        "umask, 0022",
        "blocked, 0000000000000000",
        "ignored, 0000000000000000",
        "environment, plain",
    })
    void shouldGetItsOwnAndNotThatOfTheDaemon(String attribute, String own) {
        assertThat(odd.get(attribute)).isNotEqualTo(own);
        assertThat(started.get(attribute)).isEqualTo(own);
        assertThat(executed.get(attribute)).isEqualTo(own);
    }

    /** Values that a process cannot take here in an odd form, or that the kernel clears itself. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "death-signal, 0",
        "reset-on-fork, 0",
        "no-write-and-execute, 0",
        "pending, 0000000000000000",
        "ambient, 0000000000000000",
        "dumpable, 1",
        "own-session, 1",
        "directory, /",
        "time-stamp-counter, 1",
    })
    void shouldGetTheDefaultOfTheKernel(String attribute, String own) {
        assertThat(started.get(attribute)).isEqualTo(own);
        assertThat(executed.get(attribute)).isEqualTo(own);
    }

    /**
     * The machine decides what the default is, and whether there is another value to start with.
     */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "affinity",
        "memory-policy",
        "merging",
        "machine-check",
        "store-bypass",
        "indirect-branch",
    })
    void shouldGetTheDefaultOfTheMachine(String attribute) {
        assertThat(started.get(attribute)).isEqualTo(plain.get(attribute));
        assertThat(executed.get(attribute)).isEqualTo(plain.get(attribute));
    }

    /** As with containerd, they are set for all containers by the unit of the daemon. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "limit-cpu",
        "limit-fsize",
        "limit-data",
        "limit-stack",
        "limit-core",
        "limit-rss",
        "limit-nproc",
        "limit-nofile",
        "limit-memlock",
        "limit-as",
        "limit-locks",
        "limit-sigpending",
        "limit-msgqueue",
        "limit-nice",
        "limit-rtprio",
        "limit-rttime"
    })
    void shouldHaveTheLimitsThatTheDaemonWasStartedWith(String limit) {
        assertThat(started.get(limit)).isEqualTo(odd.get(limit));
        assertThat(executed.get(limit)).isEqualTo(odd.get(limit));
    }

    @Test
    void shouldSayInTheLogWhatNoProcessCanTakeOff() throws Exception {
        assertThat(started.get("no-new-privileges")).isEqualTo("1");

        assertThat(daemon.log()).contains("started with no_new_privs (NoNewPrivileges=),");
    }

    @Test
    void shouldStartAContainerWithMoreMountsThanItMayHaveFilesOpen() {
        var config = container("many", "sleep", "600");
        for (int i = 0; i < 2_000; i++) {
            config.addMounts(
                    Mount.newBuilder().setHostPath(tools.toString()).setContainerPath("/m/" + i));
        }

        var id = createAndStart(daemon, run(daemon, pod(daemon, "many")), config);

        var counted = exec(daemon, id, "grep", "-c", " /m/", "/proc/self/mountinfo");
        assertThat(counted.getStdout().toStringUtf8()).isEqualTo("2000\n");
    }

    /** Without a seccomp filter, which would refuse to tell some of it. */
    private static ContainerConfig.Builder unconfined(String name, String... command) {
        var config =
                container(name, command)
                        .addMounts(
                                Mount.newBuilder()
                                        .setHostPath(tools.toString())
                                        .setContainerPath("/tools")
                                        .setReadonly(true));
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .setSeccomp(SecurityProfile.newBuilder().setProfileType(ProfileType.Unconfined));
        return config;
    }

    private static Map<String, String> lines(String text) {
        return text.lines()
                .map(line -> line.split(": ", 2))
                .collect(Collectors.toMap(parts -> parts[0], parts -> parts[1]));
    }
}
