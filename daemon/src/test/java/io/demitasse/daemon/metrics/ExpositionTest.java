package io.demitasse.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExpositionTest {
    @Test
    void shouldSayFiguresAsPrometheusReadsThem() {
        var text =
                new Exposition()
                        .counter("pulls_total", "Pulls that ended.")
                        .sample("pulls_total", "{result=\"ok\"}", 3)
                        .gauge("images", "Images.")
                        .sample("images", "", -1);

        assertThat(text)
                .hasToString(
                        """
                        # HELP pulls_total Pulls that ended.
                        # TYPE pulls_total counter
                        pulls_total{result="ok"} 3
                        # HELP images Images.
                        # TYPE images gauge
                        images -1
                        """);
    }
}
