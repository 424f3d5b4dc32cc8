package io.demitasse.daemon.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.linux.Fd;
import io.demitasse.linux.io.EventFd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventLoopTest {
    /** A descriptor that is readable for good and belongs to somebody else, as a pidfd may. */
    private record Borrowed(EventFd event, CountDownLatch closed) implements Source {
        @Override
        public Fd fd() {
            return event.fd();
        }

        @Override
        public boolean ready() {
            return false;
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }

    @Test
    void shouldWaitNoLongerForASourceThatIsOverAndThatOthersKeepOpen() throws Exception {
        var loop = new EventLoop();
        var thread = Thread.ofPlatform().start(loop);
        try (var event = new EventFd()) {
            var source = new Borrowed(event, new CountDownLatch(1));
            event.signal();

            loop.watch(source);

            assertThat(source.closed().await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(isWaitedFor(event.fd().number())).isFalse();
        } finally {
            loop.stop();
            thread.join();
        }
    }

    /** {@return whether an epoll instance of this process has the descriptor in its set} */
    private static boolean isWaitedFor(int fd) throws IOException {
        try (var open = Files.list(Path.of("/proc/self/fdinfo"))) {
            return open.map(EventLoopTest::text)
                    .flatMap(String::lines)
                    .anyMatch(line -> line.matches("tfd: +" + fd + " .*"));
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException closed) {
            return "";
        }
    }
}
