package io.demitasse.daemon.runtime;

import com.google.protobuf.ByteString;
import io.demitasse.daemon.call.RequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What execve(2) takes: more is refused when it is asked for, and not when it is run. */
final class ExecLimits {
    /** MAX_ARG_STRLEN: 32 pages for one string with its NUL. */
    private static final int STRING_BYTES = 32 * 4096;

    /** The least and the most that the kernel takes for all of them, whatever the stack's limit. */
    private static final long LEAST_BYTES = 128 << 10;

    private static final long MOST_BYTES = 6 << 20;

    private ExecLimits() {}

    /** Refuses arguments and environment of a command that could never be run. */
    static void check(List<String> arguments, List<ByteString> environment)
            throws RequestException {
        IntStream lengths =
                IntStream.concat(
                        arguments.stream().mapToInt(ExecLimits::utf8Length),
                        environment.stream().mapToInt(ByteString::size));
        long total = (arguments.size() + environment.size()) * (long) Long.BYTES;
        for (int length : lengths.toArray()) {
            if (length >= STRING_BYTES) {
                throw RequestException.invalid(
                        "an argument or environment variable has %d bytes, and execve(2) takes at"
                                + " most %d",
                        length, STRING_BYTES - 1);
            }
            total += length + 1;
        }
        if (total > Held.TOTAL_BYTES) {
            throw RequestException.invalid(
                    "arguments and environment take %d bytes, and execve(2) takes at most %d: a"
                            + " quarter of the daemon's RLIMIT_STACK",
                    total, Held.TOTAL_BYTES);
        }
    }

    private static int utf8Length(String text) {
        int length = text.length();
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            length += letter < 0x80 ? 0 : letter < 0x800 || Character.isSurrogate(letter) ? 1 : 2;
        }
        return length;
    }

    /** Read once: containers inherit the limit that the daemon was started with. */
    private static final class Held {
        static final long TOTAL_BYTES = read();

        private static long read() {
            try (Stream<String> limits = Files.lines(Path.of("/proc/self/limits"))) {
                return limits.filter(line -> line.startsWith("Max stack size"))
                        .map(line -> line.split("\\s{2,}", 3)[1])
                        .filter(soft -> soft.matches("[0-9]{1,18}"))
                        .mapToLong(soft -> Long.parseLong(soft) / 4)
                        .map(bytes -> Math.clamp(bytes, LEAST_BYTES, MOST_BYTES))
                        .findFirst()
                        .orElse(MOST_BYTES);
            } catch (IOException unreadable) {
                return MOST_BYTES;
            }
        }
    }
}
