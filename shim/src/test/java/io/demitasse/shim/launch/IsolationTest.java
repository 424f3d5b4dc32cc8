package io.demitasse.shim.launch;

import static io.demitasse.shim.launch.TestNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.linux.security.CapabilitySet;
import io.demitasse.linux.security.RuntimeDefault;
import io.demitasse.linux.security.SeccompCompiler;
import io.demitasse.shim.container.CapabilityMasks;
import io.demitasse.shim.container.Confinement;
import io.demitasse.shim.container.Credentials;
import io.demitasse.shim.container.Namespaces;
import io.demitasse.shim.container.PausePlan;
import io.demitasse.shim.container.PidNamespace;
import io.demitasse.shim.container.ProcessSpec;
import io.demitasse.shim.container.Terminal;
import io.demitasse.shim.plan.SeccompFilter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a process in a container has and may, however it is started. */
@Timeout(120)
class IsolationTest {
    private static final String STATUS =
            "grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:|SigIgn|SigBlk)' /proc/self/status";
    private static final String FDS = "ls /proc/self/fd | xargs echo";

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

    private static Optional<SeccompFilter> runtimeDefault() {
        return Optional.of(
                SeccompFilter.of(
                        SeccompCompiler.compile(RuntimeDefault.profile(CapabilitySet.DEFAULT))
                                .toByteArray()));
    }

    private static ProcessSpec restricted(String script, boolean noNewPrivileges) {
        return shell(script)
                .withIdentity(
                        new Credentials(1000, 1001, List.of(7, 8)),
                        CapabilityMasks.of(CapabilitySet.DEFAULT.bits()))
                .withConfinement(
                        new Confinement(noNewPrivileges, runtimeDefault(), Optional.empty()));
    }

    @Test
    void shouldRunAsTheUserWithSeccompAndNoNewPrivileges() throws Exception {
        // Without a shell, which ignores signals of its own accord.
        var output =
                node.run(restricted("", true).withArguments(List.of("cat", "/proc/self/status")));

        assertThat(output.text())
                .contains(
                        "Uid:\t1000\t1000\t1000\t1000\n",
                        "Gid:\t1001\t1001\t1001\t1001\n",
                        "Groups:\t7 8 \n",
                        "SigBlk:\t0000000000000000\n",
                        "SigIgn:\t0000000000000000\n",
                        "CapInh:\t0000000000000000\n",
                        "CapEff:\t0000000000000000\n",
                        "CapBnd:\t00000000a80425fb\n",
                        "CapAmb:\t0000000000000000\n",
                        "NoNewPrivs:\t1\n",
                        "Seccomp:\t2\n");
    }

    @Test
    void shouldLoadSeccompWithoutNoNewPrivilegesToo() throws Exception {
        var output = node.run(restricted(STATUS, false));

        assertThat(output.text()).contains("NoNewPrivs:\t0\n", "Seccomp:\t2\n");
    }

    @Test
    void shouldKeepTheCapabilitiesThatRootIsGiven() throws Exception {
        var process =
                shell(STATUS)
                        .withIdentity(
                                Credentials.root(),
                                CapabilityMasks.of(CapabilitySet.DEFAULT.bits()));

        assertThat(node.run(process).text())
                .contains("CapEff:\t00000000a80425fb\n", "CapPrm:\t00000000a80425fb\n");
    }

    @Test
    void shouldLetAnotherUserOpenItsOutputAgain() throws Exception {
        assertThat(node.run(restricted("echo again > /dev/stdout", true)).text())
                .isEqualTo("again\n");
    }

    @Test
    void shouldHaveNoDescriptorButTheStandardOnes() throws Exception {
        // 3 is the directory that ls reads.
        assertThat(node.run(shell(FDS)).text()).isEqualTo("0 1 2 3\n");
        var terminal = shell(FDS).withTerminal(Optional.of(Terminal.standard()));
        assertThat(node.run(terminal).text()).isEqualTo("0 1 2 3\r\n");
        var container = node.start(shell("exec sleep 1000"));
        assertThat(node.exec(container, shell(FDS)).text()).isEqualTo("0 1 2 3\n");
        assertThat(fds(container.launched().pid())).containsExactly("0", "1", "2");
    }

    @Test
    void shouldHoldInAShimOnlyWhatItNeeds() throws Exception {
        var container = node.start(shell("exec sleep 1000"));
        int shim = parent(container.launched().pid());

        // an empty file, connection, directory, log, listener, pidfd, two pipes
        TestNode.awaitText(Path.of("/proc/" + shim + "/wchan"), "poll");
        assertThat(fds(shim)).hasSize(3 + 7);
        assertThat(Files.readString(Path.of("/proc/" + shim + "/comm")).strip())
                .isEqualTo("demitasse-shim");
        assertThat(Files.readSymbolicLink(Path.of("/proc/" + shim + "/exe")).toString())
                .isEqualTo("/demitasse-shim");
        assertThat(fds(node.spawner().pid())).containsExactly("0", "1", "2", "3", "4", "5");
    }

    @Test
    void shouldExecInTheContainersNamespacesAndCgroup() throws Exception {
        var container = node.start(shell("exec sleep 1000"));

        var output =
                node.exec(
                        container,
                        restricted(
                                "readlink /proc/1/ns/mnt >/dev/null; cat /proc/self/cgroup;"
                                        + " ps | grep -c sleep; "
                                        + STATUS
                                        + "; exit 9",
                                true));

        assertThat(output.status().exitCode()).isEqualTo(9);
        assertThat(output.text())
                .contains("0::/\n", "Uid:\t1000", "NoNewPrivs:\t1\n", "Seccomp:\t2\n");
        assertThat(container.cgroup().pids()).containsExactly(container.launched().pid());
    }

    @Test
    void shouldPauseAPidNamespaceThatContainersShare() throws Exception {
        try (var cgroup =
                io.demitasse.linux.cgroup.Cgroup.create(
                        Path.of("/sys/fs/cgroup/demitasse-pause-test"))) {
            try (var pause =
                    node.spawner().launch(PausePlan.of(cgroup.directory(), Namespaces.host()))) {
                var container =
                        node.start(
                                shell("ps | cat; (sleep 0.01 &)"),
                                new PidNamespace.Shared(pause.init().fd()),
                                List.of());

                container.awaitExit();

                assertThat(container.logText()).contains("1 65535    demitasse-pause");
                assertThat(fds(pause.pid())).containsExactly("0", "1", "2");
                assertThat(pause.init().isExited()).isFalse();
            }
            cgroup.kill();
            cgroup.remove();
        }
    }

    static List<String> fds(int pid) throws Exception {
        try (var list = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return list.map(path -> path.getFileName().toString())
                    .sorted(java.util.Comparator.comparingInt(Integer::parseInt))
                    .toList();
        }
    }

    static int parent(int pid) throws Exception {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith("PPid:"))
                .mapToInt(line -> Integer.parseInt(line.substring(5).strip()))
                .findFirst()
                .orElseThrow();
    }
}
