package io.demitasse.shim.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExitFileTest {
    @TempDir private Path directory;

    @Test
    void shouldReadHowAProcessEnded() throws Exception {
        var exited =
                Files.writeString(
                        directory.resolve("a"),
                        "exited 3 1700000000000000001 1600000000000000002\n");
        var signaled =
                Files.writeString(
                        directory.resolve("b"),
                        "signaled 9 1700000000000000001 1600000000000000002\n");
        var at = Instant.ofEpochSecond(1_700_000_000L, 1);
        var started = Instant.ofEpochSecond(1_600_000_000L, 2);

        assertThat(ExitFile.read(exited))
                .hasValue(new ExitFile.Life(started, new ExitStatus.Exited(3, at)));
        assertThat(ExitFile.read(signaled))
                .hasValue(new ExitFile.Life(started, new ExitStatus.Signaled(9, at)));
        assertThat(new ExitStatus.Signaled(9, at).exitCode()).isEqualTo(137);
    }

    @Test
    void shouldTellAMissingFileFromABrokenOne() throws Exception {
        var broken = Files.writeString(directory.resolve("c"), "exited");

        assertThat(ExitFile.read(directory.resolve("none"))).isEmpty();
        assertThatIOException()
                .isThrownBy(() -> ExitFile.read(broken))
                .withMessageContaining("not an exit status")
                .withMessageContaining(broken.toString());
    }
}
