package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a JVM opens to those who write to its temporary directory, its working directory or its
 * environment. Another daemon, with the JVM's own defaults, shows that the tests would see it.
 */
@Timeout(300)
class JvmDoorsTest {
    private static final Path TEMPORARY = Path.of("/tmp");
    private static final Map<String, String> AS_THE_JVM_COMES =
            Map.of(
                    "DEMITASSE_JAVA_OPTIONS",
                    "-XX:-DisableAttachMechanism -XX:+UsePerfData -XX:-ErrorFileToStderr"
                            + " -Djava.library.path=/nowhere -Djava.io.tmpdir=/tmp");

    /** Read by every JVM that inherits them; the last two also by its launcher. */
    private static final Map<String, String> OPTIONS_OF_OTHERS =
            Map.of(
                    "JAVA_TOOL_OPTIONS", "-XX:-DisableAttachMechanism",
                    "JDK_JAVA_OPTIONS", "-XX:-DisableAttachMechanism",
                    "_JAVA_OPTIONS", "-XX:-DisableAttachMechanism");

    @TempDir static Path directory;
    @TempDir static Path controlDirectory;

    private static RunningDaemon daemon;
    private static RunningDaemon control;

    @BeforeAll
    static void startDaemons() throws Exception {
        daemon = RunningDaemon.start(directory, 0, "", OPTIONS_OF_OTHERS);
        control = RunningDaemon.start(controlDirectory, 0, "", AS_THE_JVM_COMES);
    }

    @AfterAll
    static void stopDaemons() throws Exception {
        for (var each : new RunningDaemon[] {daemon, control}) {
            if (each != null) {
                each.close();
            }
        }
    }

    @AfterEach
    void removeWhatTheControlLeft() throws Exception {
        Files.deleteIfExists(trigger(daemon));
        Files.deleteIfExists(trigger(control));
    }

    @Test
    void shouldNotBeAttachedTo() throws Exception {
        askToAttach(control);
        Eventually.equal(true, () -> Files.exists(listener(control)));

        askToAttach(daemon);
        // the JVM answers the same signal in the other way, and so has decided
        Eventually.equal(true, () -> daemon.log().contains("Full thread dump"));
        assertThat(listener(daemon)).doesNotExist();
        assertThat(daemon.log()).doesNotContain("can be attached to");
        assertThat(control.log()).contains("can be attached to");
    }

    @Test
    void shouldTakeNoCodeFromWhereOthersWriteAndPublishNoFigures() throws Exception {
        createAndStart(daemon, run(daemon, pod(daemon, "maps")), container("c", "sleep", "600"));

        assertThat(mappedFromTemporary(control)).isNotEmpty();
        assertThat(figures(control)).exists();

        assertThat(mappedFromTemporary(daemon)).isEmpty();
        assertThat(figures(daemon)).doesNotExist();
        daemon.removeAllPods();
    }

    @Test
    void shouldNotTakeOptionsFromTheEnvironment() throws Exception {
        var plain = new ProcessBuilder("/proc/" + daemon.pid() + "/exe", "-version");
        plain.environment().putAll(OPTIONS_OF_OTHERS);
        var printed = plain.redirectErrorStream(true).start();
        assertThat(new String(printed.getInputStream().readAllBytes(), UTF_8))
                .contains("Picked up");

        assertThat(daemon.log()).doesNotContain("Picked up");
    }

    @Test
    void shouldLeaveNoFileWhenItCrashes() throws Exception {
        crash(control);
        assertThat(crashFile(control)).exists();
        Files.delete(crashFile(control));

        crash(daemon);
        assertThat(crashFile(daemon)).doesNotExist();
        assertThat(daemon.log()).contains("A fatal error has been detected");

        control.restart();
        daemon.restart();
    }

    private static void crash(RunningDaemon which) throws Exception {
        signal(which, "SEGV");
        which.awaitEnd();
    }

    /** What jcmd does first. */
    private static void askToAttach(RunningDaemon which) throws Exception {
        Files.createFile(trigger(which));
        signal(which, "QUIT");
    }

    private static void signal(RunningDaemon which, String signal) throws Exception {
        assertThat(RunningDaemon.run(List.of("kill", "-" + signal, String.valueOf(which.pid()))))
                .isEmpty();
    }

    private static Path trigger(RunningDaemon which) {
        return TEMPORARY.resolve(".attach_pid" + which.pid());
    }

    private static Path listener(RunningDaemon which) {
        return TEMPORARY.resolve(".java_pid" + which.pid());
    }

    private static Path figures(RunningDaemon which) {
        return TEMPORARY.resolve("hsperfdata_root").resolve(String.valueOf(which.pid()));
    }

    private static Path crashFile(RunningDaemon which) {
        return Path.of("hs_err_pid" + which.pid() + ".log").toAbsolutePath();
    }

    private static List<String> mappedFromTemporary(RunningDaemon which) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + which.pid() + "/maps")).stream()
                .filter(line -> line.contains(" " + TEMPORARY + "/"))
                .filter(line -> !line.contains("hsperfdata"))
                .toList();
    }
}
