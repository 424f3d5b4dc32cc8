package io.demitasse.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What people read. */
class TableTest {
    @Test
    void shouldAlignColumnsByTheWidestCell() {
        var table = new Table();
        table.row("IMAGE", "SIZE", "TAG");
        table.row("a", "10 MB");
        table.row("longer/name", "1 B", "x");

        assertThat(table)
                .hasToString(
                        """
                        IMAGE         SIZE    TAG
                        a             10 MB
                        longer/name   1 B     x
                        """);
        assertThat(new Table()).hasToString("");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "999, 999 B",
        "1000, 1.00 kB",
        "9990, 9.99 kB",
        "10000, 10.0 kB",
        "99900, 99.9 kB",
        "100000, 100 kB",
        "999400, 999 kB",
        "999500, 1.00 MB",
        "1234567890, 1.23 GB",
        "9223372036854775807, 9.22 EB"
    })
    void shouldSayHowMuchInThreeDigits(long bytes, String text) {
        assertThat(Quantity.bytes(bytes)).isEqualTo(text);
    }
}
