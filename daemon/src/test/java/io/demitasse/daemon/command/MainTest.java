package io.demitasse.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line as a user meets it: what is printed, and the exit code. */
class MainTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final PrintStream realOut = System.out;
    private final PrintStream realErr = System.err;

    @BeforeEach
    void captureStreams() {
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void restoreStreams() {
        System.setOut(realOut);
        System.setErr(realErr);
    }

    @Test
    void shouldListSubcommandsWhenCalledAlone() {
        int exitCode = Main.execute();

        assertThat(exitCode).isZero();
        assertThat(text(out)).contains("serve", "pull", "push", "load", "login", "version");
    }

    @Test
    void shouldExplainEachFlagOfServe() {
        int exitCode = Main.execute("serve", "--help");

        assertThat(exitCode).isZero();
        assertThat(text(out))
                .contains("--listen", "--root", "--state", "--config", "--cgroup-root")
                .contains("--log-level", "unenforceable_limits");
    }

    @Test
    void shouldSayInOneLineThatNoDaemonListens(@TempDir Path directory) {
        var socket = directory.resolve("no.sock");

        int exitCode = Main.execute("load", "--listen", "unix://" + socket, "/image");

        assertThat(exitCode).isEqualTo(1);
        assertThat(text(err))
                .isEqualTo(
                        "demitasse: there is no socket "
                                + socket
                                + ": is the daemon running? `systemctl start demitasse` or `demitasse"
                                + " serve` starts it\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pull",
                "images",
                "rmi",
                "tag",
                "push",
                "load",
                "save",
                "login",
                "logout",
                "image",
                "image explain",
                "image check"
            })
    void shouldExplainEachImageCommand(String command) {
        int exitCode = Main.execute((command + " --help").split(" "));

        assertThat(exitCode).isZero();
        assertThat(text(out)).contains("Usage: demitasse " + command).contains("--help");
    }

    @Test
    void shouldSayInOneLineThatNobodyAnswersOnTheSocket(@TempDir Path directory) throws Exception {
        var socket = directory.resolve("dead.sock");
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
        }

        int exitCode = Main.execute("images", "--listen", socket.toString());

        assertThat(exitCode).isEqualTo(1);
        // Netty's own warnings come first: nobody installed our log in this process
        assertThat(text(err).lines().toList().getLast())
                .startsWith("demitasse: the daemon does not answer: ")
                .endsWith("`systemctl start demitasse` or `demitasse serve` starts it");
    }

    @Test
    void shouldRefuseUnknownOptionWithUsage() {
        int exitCode = Main.execute("serve", "--lisen", "x");

        assertThat(exitCode).isEqualTo(2);
        assertThat(text(err)).contains("Unknown option", "--listen");
    }

    @Test
    void shouldNotServeWhenConfigurationIsWrong(@TempDir Path directory) throws Exception {
        var file = Files.writeString(directory.resolve("config.toml"), "rot = \"/srv\"");

        int exitCode = Main.execute("serve", "--config", file.toString());

        assertThat(exitCode).isEqualTo(1);
        assertThat(text(err))
                .isEqualTo(
                        "demitasse: " + file + ": unknown key \"rot\", did you mean \"root\"?\n");
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8);
    }
}
