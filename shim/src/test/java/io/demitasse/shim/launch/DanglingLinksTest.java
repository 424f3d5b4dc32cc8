package io.demitasse.shim.launch;

import static io.demitasse.shim.launch.TestNode.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.linux.mount.DetachedMount;
import io.demitasse.shim.container.ContainerMount;
import io.demitasse.shim.container.PidNamespace;
import io.demitasse.shim.container.Terminal;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Images whose links lead to what the image does not have; needs root and a cgroup2. */
@Timeout(120)
class DanglingLinksTest {
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
    void shouldMountOnWhatALinkLeadsToAndTheImageLacks(@TempDir Path volume) throws Exception {
        link("etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf");
        link("etc/localtime", "/usr/share/missing");
        link("var/log", "/data/log");
        link("var/run", "/run");
        link("first", "second/../third");
        link("third", "./fourth/");

        var text =
                mounted(
                        volume,
                        """
                        cat /etc/resolv.conf /run/systemd/resolve/stub-resolv.conf
                        cat /etc/localtime /usr/share/missing
                        cat /var/log/file /data/log/file
                        cat /run/secrets/x/file /fourth/file
                        """,
                        List.of("/var/log", "/var/run/secrets/x", "/first"),
                        List.of("/etc/resolv.conf", "/etc/localtime"));

        assertThat(text).isEqualTo("contents\n".repeat(8));
        assertThat(node.rootfs().resolve("second")).isDirectory();
    }

    @Test
    void shouldKeepALinkThatLeadsUpwardsInsideTheRoot(@TempDir Path volume) throws Exception {
        var outside = volume.resolve("outside");
        link("up", "../../../.." + outside + "/directory");
        link("etc/absolute", outside + "/file");

        var text =
                mounted(
                        volume,
                        "cat /up/file /etc/absolute",
                        List.of("/up"),
                        List.of("/etc/absolute"));

        assertThat(text).isEqualTo("contents\ncontents\n");
        assertThat(outside).doesNotExist();
        assertThat(node.rootfs().resolve(outside.toString().substring(1))).isDirectory();
    }

    @Test
    void shouldRefuseLinksThatLeadInCircles(@TempDir Path volume) throws Exception {
        link("a", "b/x");
        link("b", "a/y");

        assertThatExceptionOfType(LaunchException.class)
                .isThrownBy(() -> mounted(volume, "true", List.of("/a/c"), List.of()))
                .withMessageEndingWith("ELOOP (Too many levels of symbolic links)");
    }

    @Test
    void shouldRefuseMoreLinksThanTheKernelWouldFollow(@TempDir Path volume) throws Exception {
        for (int i = 0; i < 41; i++) {
            link("link" + i, i == 40 ? "missing" : "link" + (i + 1));
        }

        assertThatExceptionOfType(LaunchException.class)
                .isThrownBy(() -> mounted(volume, "true", List.of("/link0"), List.of()))
                .withMessageEndingWith("ELOOP (Too many levels of symbolic links)");
        assertThat(mounted(volume, "cat /missing/file", List.of("/link1"), List.of()))
                .isEqualTo("contents\n");
    }

    @Test
    void shouldMakeAWorkingDirectoryBehindALink() throws Exception {
        link("srv", "/var/srv");

        var output = node.run(shell("pwd").withWorkingDirectory("/srv/app"));

        assertThat(output.text()).isEqualTo("/var/srv/app\n");
    }

    @Test
    void shouldMakeDevicesWhereDevIsALinkToAMissingDirectory() throws Exception {
        link("dev", "run/devices");

        var output =
                node.run(
                        shell(
                                        "tty; test -c /run/devices/null && echo null; test -c /dev/console"
                                                + " && echo console; cat /proc/timer_list | wc -c")
                                .withTerminal(Optional.of(new Terminal(24, 80))));

        assertThat(output.text()).endsWith("null\r\nconsole\r\n0\r\n");
        assertThat(node.rootfs().resolve("run/devices")).isDirectory();
    }

    /** Mounts a directory with a file, and the file, and {@return what a script then writes} */
    private String mounted(Path volume, String script, List<String> directories, List<String> files)
            throws Exception {
        var directory = volume.resolve("volume");
        Files.createDirectories(directory);
        var file = Files.writeString(directory.resolve("file"), "contents\n");
        var mounts = new java.util.ArrayList<ContainerMount>();
        var opened = new java.util.ArrayList<DetachedMount>();
        try {
            for (var target : directories) {
                opened.add(DetachedMount.cloneTree(directory, false));
                mounts.add(new ContainerMount.Attach(opened.getLast().fd(), target, false));
            }
            for (var target : files) {
                opened.add(DetachedMount.cloneTree(file, false));
                mounts.add(new ContainerMount.Attach(opened.getLast().fd(), target, true));
            }
            var container = node.start(shell(script), new PidNamespace.Own(), mounts);
            container.awaitExit();
            return TestNode.plain(container.logText());
        } finally {
            opened.forEach(DetachedMount::close);
        }
    }

    private void link(String path, String target) throws Exception {
        var link = node.rootfs().resolve(path);
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, Path.of(target));
        assertThat(Files.exists(link, LinkOption.NOFOLLOW_LINKS)).isTrue();
    }
}
