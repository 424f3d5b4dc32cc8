package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.awaitExit;
import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static io.demitasse.conformance.daemon.Requests.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.cri.v1.LinuxPodSandboxConfig;
import io.demitasse.cri.v1.RemoveContainerRequest;
import io.demitasse.cri.v1.Signal;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How containers end, by whose signal, and what their end takes along. */
@Timeout(120)
class ContainerEndTest {
    /** Ends with another code for each signal, and says when it can. */
    private static final String TELLS_SIGNALS =
            "trap 'exit 3' TERM; trap 'exit 4' USR1; touch /ready; while :; do sleep 0.05; done";

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

    @AfterEach
    void removePods() {
        daemon.removeAllPods();
    }

    @Test
    void shouldSendTheSignalThatWasAskedFor() {
        var pod = run(daemon, pod(daemon, "signals"));
        var usual = createAndStart(daemon, pod, container("usual", "sh", "-c", TELLS_SIGNALS));
        var other =
                createAndStart(
                        daemon,
                        pod,
                        container("other", "sh", "-c", TELLS_SIGNALS)
                                .setStopSignal(Signal.SIGNAL_SIGUSR1));
        for (var id : new String[] {usual, other}) {
            Eventually.equal(0, () -> exec(daemon, id, "test", "-e", "/ready").getExitCode());
        }

        Requests.stop(daemon, usual, 30);
        Requests.stop(daemon, other, 30);

        assertThat(status(daemon, usual).getExitCode()).isEqualTo(3);
        assertThat(status(daemon, other).getExitCode()).isEqualTo(4);
    }

    /** The end of its init does not end what the init started: the namespace is the pod's. */
    @Test
    void shouldTakeItsProcessesAlongInASharedPidNamespace() {
        var config = pod(daemon, "leaving").setLinux(LinuxPodSandboxConfig.getDefaultInstance());
        var pod = run(daemon, config);
        var watcher = createAndStart(daemon, pod, container("w", "sleep", "600").clearLinux());

        var id =
                createAndStart(
                        daemon,
                        pod,
                        container("c", "sh", "-c", "setsid sleep 4712 </dev/null >/dev/null 2>&1 &")
                                .clearLinux());

        assertThat(awaitExit(daemon, id).getExitCode()).isZero();
        Eventually.equal(false, () -> processes(watcher).contains("sleep 4712"));
    }

    /** The kernel tells an end with a core dump by another code than one without. */
    @Test
    void shouldTellASignalThatDumpedCoreAsASignal() throws Exception {
        var config = pod(daemon, "core").setLinux(LinuxPodSandboxConfig.getDefaultInstance());
        var pod = run(daemon, config);

        var dumped =
                createAndStart(
                        daemon,
                        pod,
                        container("dumped", "sh", "-c", "ulimit -c unlimited; kill -SEGV $$")
                                .clearLinux());
        var plain =
                createAndStart(
                        daemon,
                        pod,
                        container("plain", "sh", "-c", "ulimit -c 0; kill -SEGV $$").clearLinux());

        assertThat(awaitExit(daemon, plain).getExitCode()).isEqualTo(139);
        assertThat(awaitExit(daemon, dumped).getExitCode()).isEqualTo(139);
        if (Files.readString(Path.of("/proc/sys/kernel/core_pattern")).startsWith("core")) {
            assertThat(daemon.root().resolve("snapshots").resolve(dumped).resolve("upper"))
                    .isDirectoryContaining("glob:**/core*");
        }
    }

    @Test
    void shouldGiveTheNameOfARemovedContainerBack() {
        var pod = run(daemon, pod(daemon, "names"));
        var first = createAndStart(daemon, pod, container("c", "true"));
        awaitExit(daemon, first);

        daemon.runtime()
                .removeContainer(RemoveContainerRequest.newBuilder().setContainerId(first).build());
        var second = createAndStart(daemon, pod, container("c", "sh", "-c", "exit 5"));

        assertThat(second).isNotEqualTo(first);
        assertThat(awaitExit(daemon, second).getExitCode()).isEqualTo(5);
    }

    private static String processes(String container) {
        return exec(daemon, container, "ps").getStdout().toStringUtf8();
    }
}
