package io.demitasse.linux.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LoopbackSocketTest {
    private static final int O_NONBLOCK = 04000;

    @Test
    void shouldNeverBlockWhoeverUsesIt() throws Exception {
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var socket = LoopbackSocket.connect(server.getLocalPort())) {
            var facts = Files.readString(Path.of("/proc/self/fdinfo/" + socket.number()));
            var flags = facts.replaceFirst("(?s).*flags:\\s*([0-7]+).*", "$1");

            assertThat(Integer.parseInt(flags, 8) & O_NONBLOCK).isEqualTo(O_NONBLOCK);
        }
    }
}
