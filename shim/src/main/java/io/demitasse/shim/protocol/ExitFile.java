package io.demitasse.shim.protocol;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * The file {@code exit} in a container's state directory, which the shim writes before it reports
 * an exit: {@code exited CODE FINISHED STARTED} or {@code signaled SIGNAL FINISHED STARTED}, times
 * in nanoseconds since 1970, a line that is there as a whole or not at all.
 */
public final class ExitFile {
    /** How a process ended, and when it had been started. */
    public record Life(Instant startedAt, ExitStatus status) {}

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private ExitFile() {}

    /**
     * {@return what the file says, or nothing if there is no file}
     *
     * @throws IOException if it cannot be read, or does not say how a process ended
     */
    public static Optional<Life> read(Path file) throws IOException {
        String line;
        try {
            line = Files.readString(file).strip();
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
        var words = line.split(" ", -1);
        try {
            return Optional.of(parse(words));
        } catch (ArrayIndexOutOfBoundsException | IllegalArgumentException malformed) {
            throw new IOException("not an exit status: " + file + ": \"" + line + "\"", malformed);
        }
    }

    private static Life parse(String[] words) {
        int number = Integer.parseInt(words[1]);
        var finishedAt = instant(Long.parseLong(words[2]));
        return new Life(
                instant(Long.parseLong(words[3])),
                switch (words[0]) {
                    case "exited" -> new ExitStatus.Exited(number, finishedAt);
                    case "signaled" -> new ExitStatus.Signaled(number, finishedAt);
                    default -> throw new IllegalArgumentException(words[0]);
                });
    }

    static Instant instant(long nanos) {
        return Instant.ofEpochSecond(nanos / NANOS_PER_SECOND, nanos % NANOS_PER_SECOND);
    }
}
