package io.demitasse.storage.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.storage.registry.PullException;
import org.junit.jupiter.api.Test;

/** Configs and records, of any size and of any version. */
class ConfigFileTest {
    private static final String HEX = "0".repeat(64);

    private static ConfigFile parse(String json) throws PullException {
        return ConfigFile.parse(json.getBytes(UTF_8), "config x");
    }

    private static String labels(int count) {
        var labels = new StringBuilder();
        for (int i = 0; i < count; i++) {
            labels.append(i == 0 ? "" : ",").append("\"l").append(i).append("\":\"\"");
        }
        return labels.toString();
    }

    @Test
    void shouldReadWhatIsWantedHoweverMuchElseThereIs() throws Exception {
        var config =
                parse(
                        """
                        {"history": [%s], "config": {"Labels": {%s}, "Env": ["A=b"], "User": "app:1",
                          "entrypoint": ["/e"], "Cmd": null}, "rootfs": {"diff_ids": ["sha256:%s"]}}
                        """
                                .formatted("{},".repeat(200_000) + "{}", labels(200_000), HEX));

        assertThat(config.config().environment()).containsExactly("A=b");
        assertThat(config.config().user()).isEqualTo("app:1");
        assertThat(config.config().command()).isEmpty();
        assertThat(config.diffIds()).hasSize(1);
    }

    @Test
    void shouldRefuseAConfigWithMoreValuesThanAnybodyNeeds() {
        var json = "{\"config\": {\"Env\": [" + "\"\",".repeat(100_000) + "\"\"]}}";

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> parse(json))
                .withStackTraceContaining("it has more than 65536 values");
    }

    @Test
    void shouldRefuseWhatIsNotOneDocument() {
        for (var json :
                new String[] {"", "{", "{} {}", "[]", "{\"config\": [1}", "{\"config\": 1}"}) {
            assertThatExceptionOfType(PullException.class).isThrownBy(() -> parse(json));
        }
    }

    @Test
    void shouldReadRecordsThatHadTheConfigInThem() throws Exception {
        var older =
                """
                {"version": 1, "id": "sha256:%s", "manifest": "sha256:%s", "removed": false,
                 "tags": ["t"], "digests": [], "config": {"entrypoint": ["x"], "user": "app",
                   "labels": {%s}}, "layers": []}
                """
                        .formatted(HEX, HEX, labels(200_000));

        var record = ImageRecord.decode(older.getBytes(UTF_8), "record");

        assertThat(record.image().user()).isEqualTo("app");
        assertThat(record.encode().length).isLessThan(1000);
        assertThat(ImageRecord.decode(record.encode(), "record")).isEqualTo(record);
    }

    @Test
    void shouldRefuseAUserAsLongAsABook() {
        var record =
                "{\"version\": 2, \"id\": \"sha256:%s\", \"manifest\": \"sha256:%s\", \"user\": \"%s\"}"
                        .formatted(HEX, HEX, "u".repeat(2000));

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> ImageRecord.decode(record.getBytes(UTF_8), "record"))
                .withMessageContaining("a User of 2000 characters");
    }
}
