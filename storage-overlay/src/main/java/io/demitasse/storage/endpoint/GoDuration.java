package io.demitasse.storage.endpoint;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Durations as Go writes them: {@code 1m30s}, {@code 1.5h}, {@code 300ms}, {@code 0}. */
final class GoDuration {
    private static final Pattern TERM =
            Pattern.compile("\\G([0-9]+\\.?[0-9]*|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)");
    private static final int MAX_LENGTH = 40;
    private static final Map<String, BigDecimal> NANOS =
            Map.of(
                    "ns", BigDecimal.ONE,
                    "us", BigDecimal.valueOf(1_000),
                    "µs", BigDecimal.valueOf(1_000), // the micro sign
                    "μs", BigDecimal.valueOf(1_000), // the letter mu
                    "ms", BigDecimal.valueOf(1_000_000),
                    "s", BigDecimal.valueOf(1_000_000_000L),
                    "m", BigDecimal.valueOf(60_000_000_000L),
                    "h", BigDecimal.valueOf(3_600_000_000_000L));

    private GoDuration() {}

    /** {@return what a text says, or empty if it says nothing or less than nothing} */
    static Optional<Duration> parse(String text) {
        var unsigned = text.startsWith("+") ? text.substring(1) : text;
        if (unsigned.equals("0")) {
            return Optional.of(Duration.ZERO);
        }
        var total = BigDecimal.ZERO;
        var term = TERM.matcher(unsigned);
        int end = 0;
        while (unsigned.length() <= MAX_LENGTH && term.find()) {
            var count = new BigDecimal(term.group(1));
            total = total.add(count.multiply(NANOS.getOrDefault(term.group(2), BigDecimal.ZERO)));
            end = term.end();
        }
        boolean whole = end > 0 && end == unsigned.length();
        return whole && total.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) <= 0
                ? Optional.of(Duration.ofNanos(total.longValue()))
                : Optional.empty();
    }
}
