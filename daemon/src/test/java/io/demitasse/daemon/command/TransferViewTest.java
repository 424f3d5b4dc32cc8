package io.demitasse.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.daemon.command.TransferView.Line;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What progress looks like. */
class TransferViewTest {
    private static final String BLOB = "sha256:0123456789abcdef0123456789abcdef";

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    @Test
    void shouldDrawBarsInPlaceWhereThereIsATerminal() {
        var view = new TransferView(out, true, 80);

        view.show(List.of(new Line(BLOB, "downloading", 500, 1_000)));
        view.show(List.of(new Line(BLOB, "done", 1_000, 1_000)));

        assertThat(text())
                .isEqualTo(
                        "sha256:0123456789ab  [##########..........]  500 B / 1.00 kB       downloading\n"
                                + "\033[1A\033[2K"
                                + "sha256:0123456789ab  [####################]  1.00 kB / 1.00 kB     done\n");
    }

    @Test
    void shouldTellEachStateOnceWhereThereIsNone() {
        var view = new TransferView(out, false, 80);

        view.show(List.of(new Line(BLOB, "downloading", 1, 1_000)));
        view.show(List.of(new Line(BLOB, "downloading", 2, 1_000)));
        view.show(List.of(new Line(BLOB, "done", 1_000, 1_000)));

        assertThat(text())
                .isEqualTo(
                        """
                        sha256:0123456789ab downloading 1 B / 1.00 kB
                        sha256:0123456789ab done 1.00 kB / 1.00 kB
                        """);
    }

    private String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
