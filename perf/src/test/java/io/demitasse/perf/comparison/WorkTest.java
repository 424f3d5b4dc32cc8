package io.demitasse.perf.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkTest {
    private static final String LINES = "Seccomp 2\nmasked:/proc/kcore 0 bytes\n";

    @Test
    void shouldFindNoDifferenceBetweenEqualWork() {
        var works = Map.of("a", Work.parse(LINES), "b", Work.parse(LINES));

        assertThat(Work.differences(works)).isEmpty();
    }

    @Test
    void shouldNameAFactThatDiffersWithAllItsValues() {
        var unconfined = Work.parse(LINES.replace("Seccomp 2", "Seccomp 0"));

        assertThat(Work.differences(Map.of("a", Work.parse(LINES), "b", unconfined)))
                .containsExactly("Seccomp: {a=2, b=0}");
    }

    @Test
    void shouldTakeAFactThatOneLacksForADifference() {
        var more = Work.parse(LINES).with("exit code", "7");

        assertThat(Work.differences(Map.of("a", Work.parse(LINES), "b", more)))
                .containsExactly("exit code: {a=absent, b=7}");
    }

    @Test
    void shouldTakeAnEmptyValueForAValue() {
        var empty = Work.parse("links\n");

        assertThat(Work.differences(Map.of("a", empty, "b", Work.parse("links eth0 lo\n"))))
                .containsExactly("links: {a=, b=eth0 lo}");
    }
}
