package io.demitasse.shim.launch;

import static io.demitasse.shim.launch.TestNode.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.linux.Errno;
import io.demitasse.linux.mount.DetachedMount;
import io.demitasse.shim.container.ContainerMount;
import io.demitasse.shim.container.PidNamespace;
import io.demitasse.shim.container.ProcessSpec;
import io.demitasse.shim.container.Terminal;
import io.demitasse.shim.protocol.ExitFile;
import io.demitasse.shim.protocol.ExitStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Containers of busybox on the real kernel; needs root and a cgroup2. */
@Timeout(120)
class ContainerLaunchTest {
    private TestNode node;

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        node = TestNode.start(directory);
    }

    @AfterEach
    void stop() throws Exception {
        if (node != null) {
            node.close();
        }
    }

    @Test
    void shouldLogBothStreamsLineByLineAndReportTheExitCode() throws Exception {
        var container = node.start(shell("echo out; echo err >&2; printf tail; exit 3"));

        var status = container.awaitExit();

        assertThat(status.exitCode()).isEqualTo(3);
        assertThat(ExitFile.read(container.directory().resolve("exit")))
                .hasValue(new ExitFile.Life(container.launched().startedAt(), status));
        assertThat(container.logText().lines())
                .allMatch(line ->
                        line.matches(
                                "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z"
                                        + " (stdout F out|stdout P tail|stderr F err)"))
                .hasSize(3);
        assertThat(container.logText()).startsWith(LocalDate.now(ZoneOffset.UTC).toString());
        assertThat(container.directory().resolve("shim.sock")).doesNotExist();
    }

    @Test
    void shouldWriteALongLineInPieces() throws Exception {
        var container = node.start(shell("head -c 40000 /dev/zero | tr '\\0' x; echo"));

        container.awaitExit();

        assertThat(container.logText().lines().map(line -> line.split(" ", 4)[2]))
                .containsExactly("P", "P", "F");
        assertThat(TestNode.plain(container.logText()).replace("\n", ""))
                .isEqualTo("x".repeat(40000));
    }

    @Test
    void shouldLogALineThatJustFitsInOnePiece() throws Exception {
        for (int length : List.of(16383, 16384, 16385, 32768)) {
            var container = node.start(shell("printf '%0" + length + "d\\nnext\\n' 0; echo x"));

            container.awaitExit();

            var lines = container.logText().lines().map(line -> line.split(" ", 4)).toList();
            assertThat(lines.stream().map(line -> line[2] + line[3].length()))
                    .containsExactlyElementsOf(
                            switch (length) {
                                case 16385 -> List.of("P16384", "F1", "F4", "F1");
                                case 32768 -> List.of("P16384", "F16384", "F4", "F1");
                                default -> List.of("F" + length, "F4", "F1");
                            });
        }
    }

    @Test
    void shouldLoseNothingOfALongOutput() throws Exception {
        var container = node.start(shell("seq 200000"));

        container.awaitExit();

        var lines = TestNode.plain(container.logText()).lines().toList();
        assertThat(lines).hasSize(200_000);
        assertThat(lines.getLast()).isEqualTo("200000");
    }

    @Test
    void shouldReportTheSignalThatKilledIt() throws Exception {
        var container = node.start(shell("exec sleep 1000"));

        container.launched().init().signal(9);

        var status = container.awaitExit();
        assertThat(status).isInstanceOf(ExitStatus.Signaled.class);
        assertThat(status.exitCode()).isEqualTo(137);
    }

    @Test
    void shouldSeeTheStandardLayout() throws Exception {
        var output =
                node.run(
                        shell(
                                        """
                                        cat /proc/self/cgroup
                                        echo pid $$
                                        ls /sys/fs/cgroup | grep -c cgroup.procs
                                        mkdir /sys/fs/cgroup/x 2>/dev/null || echo cgroup is read-only
                                        (echo 1 > /proc/sys/kernel/panic) 2>/dev/null || echo sysctls are read-only
                                        cat /proc/timer_list /proc/kcore 2>/dev/null | wc -c
                                        ls /sys/firmware | wc -l
                                        ls /dev | sort | xargs echo
                                        grep -c . /proc/mounts
                                        umask; pwd; tty
                                        """)
                                .withWorkingDirectory("/made/here"));

        assertThat(output.text())
                .contains("0::/\n", "pid 1\n", "cgroup is read-only\n", "sysctls are read-only\n")
                .contains(
                        "\n0\n0\ncore fd full mqueue null ptmx pts random shm stderr stdin stdout"
                                + " tty urandom zero\n")
                .endsWith("0022\n/made/here\nnot a tty\n");
    }

    @Test
    void shouldLeaveNoMountOfTheNodeVisible() throws Exception {
        var output =
                node.run(shell("cut -d' ' -f2,3 /proc/self/mounts | sort | uniq -d; ls /root"));

        assertThat(output.text()).doesNotContain("tmpfs").contains("/root: No such file");
    }

    @Test
    void shouldAttachDirectoriesAndFilesAndMakeTheirTargets(@TempDir Path volume) throws Exception {
        var file = Files.writeString(volume.resolve("file"), "contents\n");
        Files.createDirectory(node.rootfs().resolve("etc"));
        Files.createSymbolicLink(node.rootfs().resolve("link"), Path.of("/../../etc"));
        try (var directoryMount = DetachedMount.cloneTree(volume, false);
                var fileMount = DetachedMount.cloneTree(file, false)) {
            var container =
                    node.start(
                            shell("cat /a/b/c/file /etc/x/hosts"),
                            new PidNamespace.Own(),
                            List.of(
                                    new ContainerMount.Attach(directoryMount.fd(), "/a/b/c", false),
                                    new ContainerMount.Attach(
                                            fileMount.fd(), "/link/x/hosts", true)));

            container.awaitExit();

            assertThat(TestNode.plain(container.logText())).isEqualTo("contents\ncontents\n");
            assertThat(node.rootfs().resolve("etc/x/hosts")).isEmptyFile();
        }
    }

    @Test
    void shouldNameTheCommandThatDoesNotExist() {
        assertThatExceptionOfType(LaunchException.class)
                .isThrownBy(
                        () -> node.start(ProcessSpec.of(List.of("foo", "x"), TestNode.ENVIRONMENT)))
                .withMessage("exec \"foo\": ENOENT (No such file or directory)")
                .matches(refused -> refused.errno() == Errno.ENOENT);
    }

    @Test
    void shouldNameTheCommandThatMayNotBeExecuted() throws Exception {
        Files.writeString(node.rootfs().resolve("text"), "no program");

        assertThatExceptionOfType(LaunchException.class)
                .isThrownBy(
                        () -> node.start(ProcessSpec.of(List.of("/text"), TestNode.ENVIRONMENT)))
                .withMessage("exec \"/text\": EACCES (Permission denied)");
    }

    @Test
    void shouldNameTheOperationThatTheKernelRefused(@TempDir Path volume) throws Exception {
        try (var mount = DetachedMount.cloneTree(volume, false)) {
            assertThatExceptionOfType(LaunchException.class)
                    .isThrownBy(() ->
                            node.start(
                                    shell("true"),
                                    new PidNamespace.Own(),
                                    List.of(
                                            new ContainerMount.Attach(
                                                    mount.fd(), "/bin/sh/x", false))))
                    .withMessageStartingWith("mount /bin/sh/x (")
                    .withMessageEndingWith("ENOTDIR (Not a directory)")
                    .matches(refused -> refused.operation().isPresent());
        }
    }

    @Test
    void shouldRefuseAnImageWhoseProcLeadsElsewhere() throws Exception {
        Files.createDirectory(node.rootfs().resolve("elsewhere"));
        Files.createSymbolicLink(node.rootfs().resolve("proc"), Path.of("elsewhere"));

        assertThatExceptionOfType(LaunchException.class)
                .isThrownBy(() -> node.start(shell("true")))
                .withMessage(
                        "mount proc /proc nosuid,nodev,noexec: ELOOP"
                                + " (Too many levels of symbolic links)");
    }

    @Test
    void shouldPumpATerminal() throws Exception {
        var process =
                shell("tty; stty size; test -w /dev/console && echo console")
                        .withTerminal(Optional.of(new Terminal(33, 99)));

        var output = node.run(process);

        assertThat(output.text()).isEqualTo("/dev/pts/0\r\n33 99\r\nconsole\r\n");
    }
}
