package io.demitasse.perf.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class ProcessStatTest {
    private static final String REST =
            " S 42 4711 4711 0 -1 4194560 90 80 0 0 11 12 13 14 20 0 1 0 15 4096 16 0";

    @Test
    void shouldReadTimesParentAndStart() {
        var stat = ProcessStat.parse("4711 (sleep)" + REST);

        assertThat(stat).isEqualTo(new ProcessStat(4711, "sleep", 42, 15, 11 + 12, 13 + 14));
    }

    @Test
    void shouldNotBeFooledByACommandThatLooksLikeFields() {
        var stat = ProcessStat.parse("4711 (a) R 1 (b)" + REST);

        assertThat(stat.command()).isEqualTo("a) R 1 (b");
        assertThat(stat.parent()).isEqualTo(42);
    }

    @Test
    void shouldRefuseAnythingElse() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ProcessStat.parse("Pss: 12 kB"))
                .withMessage("no line of /proc/PID/stat: Pss: 12 kB");
    }
}
