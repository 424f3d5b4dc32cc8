package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** LENGTH SPACE KEY = VALUE NEWLINE, where the length counts all of it. */
class PaxRecordsTest {
    private static String parse(String text) throws LayerException {
        var texts = new TreeMap<String, String>();
        PaxRecords.parse(text.getBytes(UTF_8))
                .forEach((key, value) -> texts.put(key, new String(value, UTF_8)));
        return texts.toString();
    }

    @Test
    void shouldReadRecordsOneAfterAnother() throws Exception {
        assertThat(parse("")).isEqualTo("{}");
        assertThat(parse("8 a=b=c\n8 \u00e4=\n\n\n")).isEqualTo("{a=b=c, \u00e4=\n\n}");
        assertThat(parse("5 =a\n")).isEqualTo("{=a}");
        assertThat(parse("6 a=b\n6 a=c\n")).as("the last one holds").isEqualTo("{a=c}");
    }

    @Test
    void shouldPassOverEmptyValuesButForAttributes() throws Exception {
        assertThat(parse("5 a=\n")).isEqualTo("{}");
        assertThat(parse("24 SCHILY.xattr.user.a=\n")).isEqualTo("{SCHILY.xattr.user.a=}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "7 a=b\n",
                "5 a=b\n",
                "6 a=b ",
                "5 ab\n",
                "a=b\n",
                " a=b\n",
                "-6 a=b\n",
                "0 a=b\n",
                "2 \n",
                "3 \n\n",
                "0000000006 a=b\n",
                "99999999999999999999 a=b\n",
                "6 a=b\nx"
            })
    void shouldRefuseWhatIsNoRecord(String text) {
        assertThatExceptionOfType(LayerException.class)
                .isThrownBy(() -> parse(text))
                .withMessageContaining("malformed");
    }

    @Test
    void shouldCollectThePiecesOfASparseFile() throws Exception {
        var offset = "24 GNU.sparse.offset=10\n";
        var length = "25 GNU.sparse.numbytes=5\n";

        assertThat(parse(offset + length + offset + length))
                .isEqualTo("{GNU.sparse.map=10,5,10,5}");
        assertThatExceptionOfType(LayerException.class).isThrownBy(() -> parse(offset + offset));
    }
}
