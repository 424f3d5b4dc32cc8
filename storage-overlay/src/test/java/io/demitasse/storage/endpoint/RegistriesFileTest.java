package io.demitasse.storage.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.storage.endpoint.Endpoint.Role;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.reference.Reference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegistriesFileTest {
    @TempDir Path directory;

    @BeforeEach
    void write() throws IOException {
        Files.writeString(
                directory.resolve("registries.conf"),
                """
                unqualified-search-registries = ["docker.io"]
                [[registry]]
                prefix = "docker.io"
                location = "docker.io"
                [[registry.mirror]]
                location = "mirror.example/hub"
                [[registry.mirror]]
                location = "digests.example:5000"
                pull-from-mirror = "digest-only"

                [[registry]]
                prefix = "docker.io/team"
                location = "internal.example/a/b"
                insecure = true

                [[registry]]
                prefix = "*.bad.example"
                blocked = true

                [[registry]]
                location = "localhost:5000"
                """);
    }

    private List<String> places(String name) throws EndpointException {
        var file = new RegistriesFile(directory.resolve("registries.conf"));
        return file.of(Reference.parse(name)).stream()
                .map(each -> each.base() + "/" + each.repository())
                .toList();
    }

    @Test
    void shouldAskMirrorsFirst() throws IOException {
        assertThat(places("busybox"))
                .containsExactly(
                        "https://mirror.example/v2/hub/library/busybox",
                        "https://registry-1.docker.io/v2/library/busybox");
        assertThat(places("busybox@" + Digest.of("x")))
                .containsExactly(
                        "https://mirror.example/v2/hub/library/busybox",
                        "https://digests.example:5000/v2/library/busybox",
                        "https://registry-1.docker.io/v2/library/busybox");
    }

    @Test
    void shouldMoveWhatTheLongestPrefixNames() throws IOException {
        assertThat(places("team/app"))
                .containsExactly(
                        "https://internal.example/v2/a/b/app",
                        "http://internal.example/v2/a/b/app");
        assertThat(places("teams/app"))
                .last()
                .isEqualTo("https://registry-1.docker.io/v2/teams/app");
        var file = new RegistriesFile(directory.resolve("registries.conf"));
        assertThat(file.of(Reference.parse("team/app")))
                .extracting(Endpoint::role)
                .containsOnly(Role.MIRROR);
        assertThat(places("other.example/app")).containsExactly("https://other.example/v2/app");
        assertThat(places("localhost:5000/app")).containsExactly("http://localhost:5000/v2/app");
    }

    @Test
    void shouldRefuseWhatIsBlockedAndNameTheFile() {
        assertThatExceptionOfType(EndpointException.class)
                .isThrownBy(() -> places("very.bad.example/app"))
                .withMessageContaining("registries.conf")
                .withMessageContaining("\"*.bad.example\" is blocked on this node");
    }

    @Test
    void shouldLetDropInsReplaceEntries() throws IOException {
        var additional = Files.createDirectory(directory.resolve("registries.conf.d"));
        Files.writeString(
                additional.resolve("1.conf"),
                "[[registry]]\nprefix = \"docker.io/team\"\nlocation = \"new.example/c\"");

        assertThat(places("team/app:1")).containsExactly("https://new.example/v2/c/app");
    }

    private void rewrite(String text) throws IOException {
        Files.writeString(directory.resolve("registries.conf"), text);
    }

    @Test
    void shouldMoveWhatAPrefixForAllHostsOfADomainNames() throws IOException {
        rewrite(
                """
                [[registry]]
                prefix = "*.wild.example"
                location = "real.example/all"
                [[registry.mirror]]
                location = "mirror.example/copy"

                [[registry]]
                prefix = "*.wild.example/team"
                location = "team.example"

                [[registry]]
                prefix = "*.port.example"
                location = "ports.example"

                [[registry]]
                prefix = "*.here.example"
                """);

        assertThat(places("a.wild.example/app"))
                .containsExactly(
                        "https://mirror.example/v2/copy/app", "https://real.example/v2/all/app");
        assertThat(places("b.a.port.example:5000/app"))
                .containsExactly("https://ports.example:5000/v2/app");
        assertThat(places("a.wild.example/team/app"))
                .containsExactly("https://team.example/v2/app");
        assertThat(places("a.here.example/app")).containsExactly("https://a.here.example/v2/app");
        assertThat(places("wild.example/app")).containsExactly("https://wild.example/v2/app");
        assertThat(places("a.wild.example.org/app"))
                .containsExactly("https://a.wild.example.org/v2/app");
    }

    @Test
    void shouldTakeALocationWithASlashAtItsEnd() throws IOException {
        rewrite(
                """
                [[registry]]
                location = "r.example/"
                [[registry.mirror]]
                location = "mirror.example/copy/"

                [[registry]]
                prefix = "s.example/"
                location = "t.example//"
                """);

        assertThat(places("r.example/app"))
                .containsExactly("https://mirror.example/v2/copy/app", "https://r.example/v2/app");
        assertThat(places("s.example/app")).containsExactly("https://t.example/v2/app");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "location = \"http://r.example\"",
                "prefix = \"r.example\"\nlocation = \"https://r.example\"",
                "location = \"r.example\"\n[[registry.mirror]]\nlocation = \"http://mirror\"",
                "prefix = \"http://other.example\"\nlocation = \"r.example\"",
                "location = \"/\"",
                "location = \"r.example\"\n[[registry.mirror]]\ninsecure = true",
            })
    void shouldRefuseLocationsThatAreNone(String registry) throws IOException {
        rewrite("[[registry]]\n" + registry);

        assertThatExceptionOfType(EndpointException.class)
                .isThrownBy(() -> places("r.example/app"))
                .withMessageContaining("registries.conf")
                .withMessageContaining(" must be ");
    }

    @Test
    void shouldComeAfterHostDirectories() throws IOException {
        var hosts = Files.createDirectories(directory.resolve("certs.d/docker.io"));
        Files.writeString(hosts.resolve("hosts.toml"), "server = \"https://one.example\"");
        var both =
                new HostDirectories(
                        List.of(directory.resolve("certs.d")),
                        new RegistriesFile(directory.resolve("registries.conf")));

        assertThat(both.of(Reference.parse("team/app"))).hasToString("[https://one.example]");
        assertThatExceptionOfType(EndpointException.class)
                .isThrownBy(() -> both.of(Reference.parse("very.bad.example/app")));
    }
}
