package io.demitasse.daemon.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResizeReaderTest {
    private final ResizeReader reader = new ResizeReader();
    private final List<String> sizes = new ArrayList<>();

    private void read(String text) {
        reader.read(text.getBytes(UTF_8), (rows, columns) -> sizes.add(rows + "x" + columns));
    }

    @Test
    void shouldReadSizesHoweverTheyAreCut() {
        read("{\"Width\":80,\"Hei");
        assertThat(sizes).isEmpty();

        read("ght\":24}{\"Width\":100,\"Height\":50}{");
        read("\"Height\":1,\"Width\":2}");

        assertThat(sizes).containsExactly("24x80", "50x100", "1x2");
    }

    @Test
    void shouldPassOverWhatIsNoSize() {
        read("}{\"Width\":1}{\"Height\":1}{\"Width\":\"x\",\"Height\":1}");
        read("{\"Width\":1,\"Height\":2}");

        assertThat(sizes).containsExactly("2x1");
    }

    @Test
    void shouldKeepNoTextWithoutEnd() {
        read("x".repeat(4096));
        read("{\"Width\":1,\"Height\":2}");
        assertThat(sizes).as("all of it was one text").isEmpty();

        read("x".repeat(4097));
        read("{\"Width\":3,\"Height\":4}");
        assertThat(sizes).containsExactly("4x3");
    }
}
