package io.demitasse.sandbox.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who gets which address, and when somebody else may have it. */
class LeasesTest {
    /** Addresses 10.0.0.2 to 10.0.0.6. */
    private static final Subnet SMALL = Subnet.parse("10.0.0.0/29");

    @TempDir Path directory;

    private Leases open() throws IOException {
        return Leases.open(directory, SMALL);
    }

    private static String lease(Leases leases, String sandbox) throws IOException {
        return leases.acquire(sandbox).getHostAddress();
    }

    @Test
    void shouldBeginBehindTheGatewayAndEndBeforeTheBroadcastAddress() throws Exception {
        var leases = open();

        for (int host = 2; host <= 6; host++) {
            assertThat(lease(leases, "s" + host)).isEqualTo("10.0.0." + host);
            assertThat(directory.resolve("10.0.0." + host)).hasContent("s" + host);
        }
        assertThatThrownBy(() -> leases.acquire("one too many"))
                .isInstanceOf(AddressesExhaustedException.class);
    }

    @Test
    void shouldReuseAnAddressAsLateAsCanBe() throws Exception {
        var leases = open();
        lease(leases, "a");
        lease(leases, "b");
        leases.release("a");

        assertThat(lease(leases, "c")).isEqualTo("10.0.0.4");
        assertThat(lease(leases, "d")).isEqualTo("10.0.0.5");
        assertThat(lease(leases, "e")).isEqualTo("10.0.0.6");
        assertThat(lease(leases, "f"))
                .as("the first one free, from the start")
                .isEqualTo("10.0.0.2");
    }

    @Test
    void shouldForgetAReleasedLease() throws Exception {
        var leases = open();
        lease(leases, "a");

        leases.release("a");
        leases.release("a");

        assertThat(leases.of("a")).isEmpty();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldGoOnWhereTheLastDaemonWas() throws Exception {
        var earlier = open();
        lease(earlier, "a");
        lease(earlier, "b");
        earlier.release("a");

        var later = open();

        assertThat(later.of("b").orElseThrow().getHostAddress()).isEqualTo("10.0.0.3");
        assertThat(lease(later, "c")).isEqualTo("10.0.0.4");
    }

    @Test
    void shouldPassOverAnAddressThatSomebodyElseReserved() throws Exception {
        var leases = open();
        Files.writeString(directory.resolve("10.0.0.2"), "foreign");

        assertThat(lease(leases, "a")).isEqualTo("10.0.0.3");
        assertThat(directory.resolve("10.0.0.2")).hasContent("foreign");
    }

    @Test
    void shouldFreeWhatNoLiveSandboxHas() throws Exception {
        var leases = open();
        lease(leases, "dead");
        lease(leases, "live");
        Files.createFile(directory.resolve("10.0.0.6")); // reserved, and never written

        leases.collect(Set.of("live"));

        assertThat(leases.of("dead")).isEmpty();
        assertThat(leases.of("live")).isPresent();
        assertThat(directory).isDirectoryNotContaining("glob:**10.0.0.[26]");
    }

    /**
     * The directory that holds the leases is gone: the address must not be lost with the attempt.
     */
    @Test
    void shouldGiveAnAddressBackThatCouldNotBeWrittenDown() throws Exception {
        var leases = open();
        Files.delete(directory);
        for (int attempt = 0; attempt < 10; attempt++) {
            assertThatThrownBy(() -> leases.acquire("a"))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(AddressesExhaustedException.class);
        }

        Files.createDirectory(directory);

        assertThat(leases.acquire("a")).isNotNull();
    }
}
