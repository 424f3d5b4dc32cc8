package io.demitasse.linux.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against the real kernel; needs no privilege. */
@Timeout(120)
class IoTest {
    @Test
    void shouldReportDataOfTheDescriptorThatIsReady() throws Exception {
        try (var epoll = new Epoll(4);
                var quiet = new EventFd();
                var signalled = new EventFd()) {
            epoll.add(quiet.fd(), 1L);
            epoll.add(signalled.fd(), Long.MIN_VALUE);

            signalled.signal();

            assertThat(epoll.await()).isEqualTo(1);
            assertThat(epoll.data(0)).isEqualTo(Long.MIN_VALUE);
            assertThat(epoll.events(0)).isEqualTo(Epoll.EPOLLIN);
            signalled.reset();
            assertThat(epoll.await(Duration.ZERO)).isZero();
        }
    }

    @Test
    void shouldRefuseWritesWhenMemoryIsSealed() throws Exception {
        var contents = "plan".getBytes(StandardCharsets.UTF_8);
        try (var fd = MemoryFd.sealed("test", contents)) {
            var path = Path.of("/proc/self/fd/" + fd.number());

            assertThat(Files.readAllBytes(path)).isEqualTo(contents);
            assertThat(Files.readSymbolicLink(path).toString()).startsWith("/memfd:test");
            org.assertj.core.api.Assertions.assertThatThrownBy(
                            () -> Files.write(path, new byte[] {1}))
                    .isInstanceOf(java.io.IOException.class);
        }
    }

    @Test
    void shouldReportNothingThenTheEndOfAnEventLoopsPipe() throws Exception {
        try (var pipe = Pipe.openForEventLoop()) {
            assertThat(pipe.read(new byte[10])).isEmpty();

            pipe.writeEnd().close();

            assertThat(pipe.read(new byte[10])).hasValue(0);
        }
    }
}
