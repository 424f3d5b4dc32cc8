package io.demitasse.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against a socket that another process reads, as systemd does. */
@Timeout(120)
class ServiceNotificationTest {
    /** Java itself has no datagram sockets in the unix domain; perl is on every Debian. */
    private static final String MANAGER =
            """
            use Socket; $| = 1; my $name = $ARGV[0]; $name =~ s/^@/\\0/;
            socket(my $manager, PF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
            bind($manager, pack_sockaddr_un($name)) or die "bind: $!";
            print "bound\\n";
            recv($manager, my $message, 4096, 0);
            print "$message\\n";
            """;

    @Test
    void shouldReachManagerByPath(@TempDir Path directory) throws Exception {
        assertThat(receivedBy(directory.resolve("notify").toString())).isEqualTo("READY=1");
    }

    @Test
    void shouldReachManagerByAbstractName() throws Exception {
        assertThat(receivedBy("@demitasse-" + UUID.randomUUID())).isEqualTo("READY=1");
    }

    @Test
    void shouldStaySilentWithoutServiceManager() {
        new ServiceNotification(Optional.empty()).send("READY=1");
    }

    @Test
    void shouldSurviveManagerThatIsGone(@TempDir Path directory) {
        var gone = directory.resolve("notify").toString();

        new ServiceNotification(Optional.of(gone)).send("READY=1");

        assertThat(Path.of(gone)).doesNotExist();
    }

    private static String receivedBy(String name) throws IOException {
        var manager =
                new ProcessBuilder("perl", "-e", MANAGER, name).redirectErrorStream(true).start();
        try (BufferedReader output = manager.inputReader()) {
            assertThat(output.readLine()).isEqualTo("bound");

            new ServiceNotification(Optional.of(name)).send("READY=1");

            return output.readLine();
        } finally {
            manager.destroyForcibly();
        }
    }
}
