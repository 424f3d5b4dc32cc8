package io.demitasse.shim.launch;

import static io.demitasse.shim.launch.TestNode.shell;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.io.ByteChannelFd;
import io.demitasse.linux.io.Pipe;
import io.demitasse.linux.process.Pidfd;
import io.demitasse.shim.protocol.ExitFile;
import io.demitasse.shim.protocol.ShimConnection;
import io.demitasse.shim.protocol.ShimMessage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A shim outlives the daemon and the spawner; what ends it, and what it leaves. */
@Timeout(120)
class ShimLifeTest {
    private static final int SIGCONT = 18;
    private static final int SIGSTOP = 19;
    private static final int MORE_THAN_WAIT = 64;

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
    void shouldSayHelloAndReportTheExitToADaemonThatComesLater() throws Exception {
        var container = node.start(shell("exec sleep 1000"));
        container.connection().close();

        try (var later = ShimConnection.connect(container.directory().resolve("shim.sock"))) {
            var hello = (ShimMessage.Hello) later.await();
            assertThat(hello.pid()).isEqualTo(container.launched().pid());
            assertThat(hello.startedAt()).isEqualTo(container.launched().startedAt());
            assertThat(hello.exit()).isEmpty();

            hello.init().signal(Pidfd.SIGKILL);

            assertThat(TestNode.awaitExit(later).exitCode()).isEqualTo(137);
            assertThat(later.await()).isEqualTo(new ShimMessage.Disconnected());
            hello.init().close();
        }
    }

    @Test
    void shouldNotWaitForAShimThatAcceptsNobody() throws Exception {
        var container = node.start(shell("exec sleep 1000"));
        var connections = new ArrayList<ShimConnection>();
        try (var shim = Pidfd.open(IsolationTest.parent(container.launched().pid()))) {
            shim.signal(SIGSTOP);

            assertThatExceptionOfType(SyscallException.class)
                    .isThrownBy(() -> {
                        for (int i = 0; i < MORE_THAN_WAIT; i++) {
                            connections.add(
                                    ShimConnection.connect(
                                            container.directory().resolve("shim.sock")));
                        }
                    })
                    .withMessageContaining("EAGAIN");

            shim.signal(SIGCONT);
            connections.forEach(ShimConnection::close);
            container.launched().init().signal(Pidfd.SIGKILL);
            assertThat(TestNode.awaitExit(container.connection()).exitCode()).isEqualTo(137);
        }
    }

    @Test
    void shouldRecordTheExitWhenNobodyListens() throws Exception {
        var container = node.start(shell("exec sleep 1000"));
        int shim = IsolationTest.parent(container.launched().pid());
        try (var shimProcess = Pidfd.open(shim)) {
            container.connection().close();
            container.launched().init().signal(Pidfd.SIGTERM);
            container.launched().init().signal(Pidfd.SIGKILL);
            assertThat(shimProcess.awaitExit(TestNode.PATIENCE)).isTrue();
        }

        assertThat(ExitFile.read(container.directory().resolve("exit")))
                .hasValueSatisfying(life -> assertThat(life.status().exitCode()).isEqualTo(137));
    }

    @Test
    void shouldWriteToTheNewLogOnceItIsReopened() throws Exception {
        var container = node.start(shell("echo one; while [ ! -e /go ]; do :; done; echo two"));
        TestNode.awaitText(container.log(), "one");

        try (var directory = DirectoryFd.open(container.directory());
                var log = TestNode.openLog(directory, "second")) {
            container.connection().reopenLog(log);
        }
        java.nio.file.Files.createFile(node.rootfs().resolve("go"));
        container.awaitExit();

        assertThat(container.logText()).endsWith(" stdout F one\n");
        assertThat(container.directory().resolve("second"))
                .content()
                .endsWith(" stdout F two\n")
                .doesNotContain("one");
    }

    @Test
    void shouldRefuseToResizeWhatIsNoTerminal() throws Exception {
        var container = node.start(shell("exec sleep 1000"));

        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(() -> container.connection().resize(1, 2))
                .matches(refused -> refused.is(Errno.ENOTTY));
    }

    @Test
    void shouldCopyOutputAndHandOutTheInputWhenAttached() throws Exception {
        var container =
                node.startAttachable(shell("while read l; do echo got $l; done; echo end >&2"));
        var shim = container.connection();
        try (var output = Pipe.open();
                var error = Pipe.open()) {
            var input = shim.attach(output.writeEnd(), error.writeEnd(), true).orElseThrow();
            output.writeEnd().close();
            error.writeEnd().close();
            try (var writer = ByteChannelFd.owning(input)) {
                assertThat(writer.write("one\n".getBytes(UTF_8), 0, 4)).isEqualTo(4);
                assertThat(next(output)).isEqualTo("got one\n");
                shim.closeInput();
            }

            assertThat(next(error)).isEqualTo("end\n");
            assertThat(next(output)).isEmpty();
            assertThat(next(error)).isEmpty();
        }
        assertThat(container.awaitExit().exitCode()).isZero();
        assertThat(TestNode.plain(container.logText())).isEqualTo("got one\nend\n");
    }

    @Test
    void shouldLeaveBehindWhoIsAttachedAndDoesNotRead() throws Exception {
        var container =
                node.startAttachable(shell("read go; head -c 1000000 /dev/zero; echo done"));
        try (var stalled = Pipe.open();
                var error = Pipe.open()) {
            var input =
                    container
                            .connection()
                            .attach(stalled.writeEnd(), error.writeEnd(), true)
                            .orElseThrow();
            try (var writer = ByteChannelFd.owning(input)) {
                assertThat(writer.write("go\n".getBytes(UTF_8), 0, 3)).isEqualTo(3);
            }

            assertThat(container.awaitExit().exitCode()).isZero();
        }
        assertThat(container.logText()).endsWith("done\n");
    }

    private static String next(Pipe pipe) throws Exception {
        var buffer = new byte[1024];
        return new String(buffer, 0, pipe.read(buffer).orElseThrow(), UTF_8);
    }

    @Test
    void shouldEndThoughADescendantKeepsThePipeOpen() throws Exception {
        var container =
                node.start(
                        shell("(sleep 1000 &) ; echo done"),
                        new io.demitasse.shim.container.PidNamespace.Host(),
                        List.of());

        var status = container.awaitExit();

        assertThat(status.exitCode()).isZero();
        assertThat(TestNode.plain(container.logText())).isEqualTo("done\n");
    }

    @Test
    void shouldDisconnectWithoutAnExitWhenTheShimIsKilled() throws Exception {
        var container = node.start(shell("exec sleep 1000"));
        try (var shim = Pidfd.open(IsolationTest.parent(container.launched().pid()))) {
            shim.signal(Pidfd.SIGKILL);
        }

        assertThat(container.connection().receive(TestNode.PATIENCE))
                .hasValue(new ShimMessage.Disconnected());
        assertThat(container.launched().init().isExited()).isFalse();
    }

    @Test
    void shouldReplaceASpawnerThatDied() throws Exception {
        var before = node.start(shell("exec sleep 1000"));
        int dead = node.spawner().pid();
        try (var spawner = Pidfd.open(dead)) {
            spawner.signal(Pidfd.SIGKILL);
            assertThat(spawner.awaitExit(TestNode.PATIENCE)).isTrue();
        }

        assertThat(node.run(shell("echo ok")).text()).isEqualTo("ok\n");
        assertThat(node.spawner().pid()).isNotEqualTo(dead);
        assertThat(before.connection().receive()).isEqualTo(Optional.empty());
        assertThat(before.launched().init().isExited()).isFalse();
    }

    @Test
    void shouldLaunchForManyThreadsAtOnce() throws Exception {
        Callable<Integer> run = () -> startSynchronized("exit 5");
        try (var pool = Executors.newFixedThreadPool(8)) {
            var futures = pool.invokeAll(IntStream.range(0, 64).mapToObj(_ -> run).toList());

            for (var future : futures) {
                assertThat(future.get()).isEqualTo(5);
            }
        }
    }

    private int startSynchronized(String script) throws Exception {
        var container = node.start(shell(script));
        return container.awaitExit().exitCode();
    }

    @Test
    void shouldNotKeepDescriptorsOfLaunchesThatFailed() throws Exception {
        long self = ProcessHandle.current().pid();
        assertThat(node.run(shell("true")).status().exitCode()).isZero();
        var before = IsolationTest.fds((int) self).size();

        for (int i = 0; i < 20; i++) {
            assertThatExceptionOfType(LaunchException.class)
                    .isThrownBy(() -> node.start(shell("true").withArguments(List.of("none"))));
        }

        assertThat(IsolationTest.fds((int) self)).hasSizeLessThanOrEqualTo(before);
    }
}
