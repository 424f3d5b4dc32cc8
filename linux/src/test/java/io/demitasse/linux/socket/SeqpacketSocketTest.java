package io.demitasse.linux.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.io.MemoryFd;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against the real kernel; needs no privilege. */
@Timeout(120)
class SeqpacketSocketTest {
    @Test
    void shouldDeliverBytesAndDescriptorsOfOneMessage() throws Exception {
        var contents = "hello".getBytes(StandardCharsets.UTF_8);
        try (var pair = SeqpacketSocket.pair("test");
                var memory = MemoryFd.sealed("sent", contents)) {
            pair.left().send(new byte[] {1, 2, 3}, List.of(memory, memory));

            try (var packet = pair.right().receive(100)) {
                assertThat(packet.bytes().array()).containsExactly(1, 2, 3);
                assertThat(packet.fds()).hasSize(2);
                assertThat(
                                Files.readAllBytes(
                                        Path.of("/proc/self/fd/" + packet.fds().get(1).number())))
                        .isEqualTo(contents);
            }
        }
    }

    @Test
    void shouldReceiveNothingInTimeAndTheEndAfterClose() throws Exception {
        try (var pair = SeqpacketSocket.pair("test")) {
            assertThat(pair.right().receiveNow(10)).isEmpty();
            assertThat(pair.right().receive(10, Duration.ofMillis(5))).isEmpty();

            pair.left().close();

            assertThat(pair.right().receive(10).isEnd()).isTrue();
        }
    }

    @Test
    void shouldDeliverWhatThePeerSaidBeforeItEndedWithoutReadingUs() throws Exception {
        try (var pair = SeqpacketSocket.pair("test")) {
            pair.left().send(new byte[] {1}, List.of());
            pair.right().send(new byte[] {2}, List.of());

            pair.right().close();

            assertThat(pair.left().receive(10).bytes().array()).containsExactly(2);
            assertThat(pair.left().receive(10).isEnd()).isTrue();
        }
    }

    @Test
    void shouldReportEpipeWhenThePeerIsGone() throws Exception {
        try (var pair = SeqpacketSocket.pair("test")) {
            pair.left().close();

            assertThatExceptionOfType(SyscallException.class)
                    .isThrownBy(() -> pair.right().send(new byte[] {1}, List.of()))
                    .matches(refused -> refused.is(Errno.EPIPE));
        }
    }

    @Test
    void shouldNameThePathThatDoesNotListen() {
        var path = Path.of("/nowhere/" + "x".repeat(120) + "/shim.sock");

        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(() -> SeqpacketSocket.connect(path))
                .withMessageContaining("/nowhere/")
                .withMessageContaining("ENOENT");
    }
}
