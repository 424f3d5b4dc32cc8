package io.demitasse.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Waiting for a line that another process writes. */
@Timeout(120)
class FileGrowthTest {
    @TempDir private Path directory;

    @Test
    void shouldSeeLineThatIsThereAlready() throws Exception {
        var file = Files.writeString(directory.resolve("log"), "time stdout F ready\n");

        try (var growth = new FileGrowth(file)) {
            assertThat(growth.awaitLine("ready", Duration.ZERO)).contains("stdout F ready");
        }
    }

    @Test
    void shouldSeeLineOfFileThatAppearsLater() throws Exception {
        var file = directory.resolve("log");

        try (var growth = new FileGrowth(file)) {
            var writer =
                    CompletableFuture.runAsync(() -> {
                        try {
                            Files.writeString(file, "time stdout F ready\n");
                        } catch (java.io.IOException refused) {
                            throw new java.io.UncheckedIOException(refused);
                        }
                    });

            assertThat(growth.awaitLine("ready", Duration.ofSeconds(60))).contains("ready");
            writer.join();
        }
    }

    @Test
    void shouldTellWhatThereIsWhenLineDoesNotCome() throws Exception {
        var file = Files.writeString(directory.resolve("log"), "time stderr F no such applet\n");

        try (var growth = new FileGrowth(file)) {
            assertThatIOException()
                    .isThrownBy(() -> growth.awaitLine("ready", Duration.ofMillis(10)))
                    .withMessageContaining("no line \"ready\"")
                    .withMessageContaining("no such applet");
        }
    }
}
