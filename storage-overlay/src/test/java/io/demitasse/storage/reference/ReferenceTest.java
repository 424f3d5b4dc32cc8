package io.demitasse.storage.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReferenceTest {
    private static final String HEX = "0123456789abcdef".repeat(4);

    @ParameterizedTest
    @CsvSource({
        "busybox, docker.io/library/busybox:latest",
        "busybox:1.36, docker.io/library/busybox:1.36",
        "user/app, docker.io/user/app:latest",
        "docker.io/busybox, docker.io/library/busybox:latest",
        "index.docker.io/user/app:x, docker.io/user/app:x",
        "quay.io/a/b/c:v1, quay.io/a/b/c:v1",
        "localhost/app, localhost/app:latest",
        "localhost:5000/app:v2, localhost:5000/app:v2",
        "127.0.0.1:5000/app, 127.0.0.1:5000/app:latest",
        "'[::1]:5000/app', '[::1]:5000/app:latest'",
        "registry.example/a__b/c-d.e:T_1.2-3, registry.example/a__b/c-d.e:T_1.2-3",
    })
    void shouldNormaliseAsDockerDoes(String text, String expected) {
        assertThat(Reference.parse(text)).hasToString(expected);
    }

    @Test
    void shouldBeAsLongAsRegistriesTake() {
        var longest = "r.example/" + "a".repeat(245);

        assertThat(Reference.parse(longest).repository()).hasSize(255);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Reference.parse(longest + "a"))
                .withMessageContaining("longer than 255 characters");
    }

    @Test
    void shouldTellNamesFromIdentifiers() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Reference.parse(HEX))
                .withMessageContaining("is an identifier, not a name");
        assertThat(Reference.parse(HEX + ":1").path()).isEqualTo("library/" + HEX);
        assertThat(Reference.parse("User/app").domain()).isEqualTo("User");
    }

    @Test
    void shouldSayWhatIsNoHostName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Reference.parse("a_.b/c"))
                .withMessageContaining("\"a_.b\" is not a host name");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Reference.parse(":5000/c"))
                .withMessageContaining("\":5000\" is not a host name");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Reference.parse(".b/c"))
                .withMessageContaining("\".b\" is not a host name");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Reference.parse("@sha256:" + HEX))
                .withMessageContaining("is not a repository");
    }

    @Test
    void shouldBeEqualWhereTheyNameTheSame() {
        var one = Reference.parse("busybox");

        assertThat(one)
                .isEqualTo(Reference.parse("docker.io/library/busybox:latest"))
                .hasSameHashCodeAs(Reference.parse("docker.io/library/busybox:latest"))
                .isNotEqualTo(Reference.parse("busybox:1"))
                .isNotEqualTo("docker.io/library/busybox:latest");
        assertThat(one.hashCode()).isNotZero();
    }

    @Test
    void shouldKeepTagAndDigest() {
        var reference = Reference.parse("busybox:1@sha256:" + HEX);

        assertThat(reference).hasToString("docker.io/library/busybox:1@sha256:" + HEX);
        assertThat(reference.target()).isEqualTo("sha256:" + HEX);
        assertThat(reference.tagged()).hasValue("docker.io/library/busybox:1");
        assertThat(Reference.parse("busybox@sha256:" + HEX).tag()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Busybox",
                "user/App",
                "a//b",
                "a/../b",
                "/a",
                "a:",
                "a:tag with space",
                "a@sha256:12",
                "a@md5:00",
                "-a",
                "a.example/",
                "a_.b",
                "http://a/b",
                "a..example/b/c:x:y"
            })
    void shouldRefuseWithTheNameInTheMessage(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Reference.parse(text))
                .withMessageContaining("\"" + text + "\"");
    }

    @Test
    void shouldRefuseIdentifier() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Reference.parse(HEX))
                .withMessageContaining("is an identifier, not a name");
    }
}
