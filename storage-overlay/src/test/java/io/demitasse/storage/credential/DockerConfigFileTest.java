package io.demitasse.storage.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DockerConfigFileTest {
    @TempDir Path directory;
    private Path file;
    private DockerConfigFile config;

    @BeforeEach
    void open() {
        file = directory.resolve("config.json");
        config = new DockerConfigFile(file);
    }

    @Test
    void shouldKnowNobodyWithoutFile() throws IOException {
        assertThat(config.of("r.example", "app").isNone()).isTrue();
    }

    @Test
    void shouldKnowNobodyInAFileOfNoBytes() throws IOException {
        for (var nothing : java.util.List.of("", "\n", " \n")) {
            Files.writeString(file, nothing);

            assertThat(config.of("r.example", "app").isNone()).isTrue();
            config.put("r.example", Credential.of("me", "secret"));
            assertThat(config.of("r.example", "app")).isEqualTo(Credential.of("me", "secret"));
        }
    }

    @Test
    void shouldTakeTheLongestThatFits() throws IOException {
        // me:secret, team:other
        Files.writeString(
                file,
                """
                {"auths": {
                  "r.example": {"auth": "bWU6c2VjcmV0"},
                  "r.example/team": {"auth": "dGVhbTpvdGhlcg=="},
                  "https://index.docker.io/v1/": {"username": "hub", "password": "pw"},
                  "token.example:5000": {"identitytoken": "id"}
                }}
                """);

        assertThat(config.of("r.example", "app")).isEqualTo(Credential.of("me", "secret"));
        assertThat(config.of("r.example", "team/app")).isEqualTo(Credential.of("team", "other"));
        assertThat(config.of("r.example", "teams/app")).isEqualTo(Credential.of("me", "secret"));
        assertThat(config.of("docker.io", "library/a")).isEqualTo(Credential.of("hub", "pw"));
        assertThat(config.of("token.example:5000", "a").identityToken()).isEqualTo("id");
        assertThat(config.of("token.example", "a").isNone()).isTrue();
    }

    @Test
    void shouldForgetOneHostAndKeepTheOthers() throws IOException {
        assertThat(config.remove("r.example")).isFalse();
        config.put("r.example", Credential.of("me", "secret"));
        config.put("docker.io", Credential.of("hub", "pw"));
        config.put("other", Credential.of("o", "pw"));

        assertThat(config.remove("absent")).isFalse();
        assertThat(config.remove("r.example")).isTrue();
        assertThat(config.remove("r.example")).isFalse();
        assertThat(config.of("r.example", "app").isNone()).isTrue();
        assertThat(config.remove("docker.io")).isTrue();
        assertThat(config.of("docker.io", "library/a").isNone()).isTrue();
        assertThat(config.of("other", "app")).isEqualTo(Credential.of("o", "pw"));
    }

    @Test
    void shouldSayWhereItKnowsFrom() throws IOException {
        config.put("r.example", Credential.of("me", "secret"));

        assertThat(config.origin("r.example", "app")).isEqualTo(file.toString());
    }

    @Test
    void shouldReadAFileOfAMebibyteAndNotALongerOne() throws IOException {
        var text = "{\"auths\": {\"r\": {\"auth\": \"bWU6c2VjcmV0\"}}}";
        Files.writeString(file, text + " ".repeat((1 << 20) - text.length()));
        assertThat(config.of("r", "app")).isEqualTo(Credential.of("me", "secret"));

        Files.writeString(file, text + " ".repeat((1 << 20) - text.length() + 1));
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> config.of("r", "app"))
                .withMessage(file + " is longer than 1048576 bytes");
    }

    /** Where people keep their files in a repository of their own. */
    @Test
    void shouldWriteWhereALinkLeads() throws IOException {
        var target = Files.writeString(file.resolveSibling("target"), "{}");
        Files.createSymbolicLink(file, target);

        config.put("r", Credential.of("me", "secret"));

        assertThat(file).isSymbolicLink();
        assertThat(Files.readString(target)).contains("bWU6c2VjcmV0");
    }

    @Test
    void shouldNotShowWhatItCannotRead() throws IOException {
        Files.writeString(file, "{\"auths\": {\"r\": {\"auth\": \"c2VjcmV0\"}}}");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> config.of("r", "app"))
                .withMessage(file + ": auth is not a name and a password");

        Files.writeString(file, "{secret");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> config.of("r", "app"))
                .withMessage(file + " is not JSON")
                .withNoCause();
    }

    @Test
    void shouldRefuseHelperThatIsAPath() throws IOException {
        Files.writeString(file, "{\"credsStore\": \"../../bin/sh\"}");

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> config.of("r", "app"))
                .withMessageContaining("is not a program's name");
    }

    @Test
    void shouldGiveRequestCredentialToItsRegistryOnly() throws IOException {
        Files.writeString(file, "{\"auths\": {\"mirror\": {\"auth\": \"bWU6c2VjcmV0\"}}}");
        var own = Credential.of("pod", "pw");

        var unnamed = new RequestCredential(own, "").before(config, "docker.io");
        assertThat(unnamed.of("docker.io", "library/a")).isEqualTo(own);
        assertThat(unnamed.of("mirror", "library/a")).isEqualTo(Credential.of("me", "secret"));

        var named = new RequestCredential(own, "https://mirror/v2/").before(config, "docker.io");
        assertThat(named.of("mirror", "library/a")).isEqualTo(own);
        assertThat(named.of("docker.io", "library/a").isNone()).isTrue();
    }

    @Test
    void shouldNotBePrinted() {
        assertThat(new RequestCredential(Credential.of("me", "secret"), "").toString())
                .doesNotContain("secret")
                .doesNotContain("me");
    }
}
