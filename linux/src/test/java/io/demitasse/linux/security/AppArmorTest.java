package io.demitasse.linux.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the kernel's files say, and on a node that has AppArmor, what its parser does. */
class AppArmorTest {
    @TempDir Path root;

    private void file(String path, String contents) throws IOException {
        var file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, contents);
    }

    @Test
    void shouldBeEnabledOnlyIfTheModuleSaysSo() throws IOException {
        assertThat(AppArmor.below(root).isEnabled()).isFalse();

        file("sys/module/apparmor/parameters/enabled", "N\n");
        assertThat(AppArmor.below(root).isEnabled()).isFalse();

        file("sys/module/apparmor/parameters/enabled", "Y\n");
        assertThat(AppArmor.below(root).isEnabled()).isTrue();
    }

    @Test
    void shouldReadNamesWithSpacesAndParentheses() throws IOException {
        file(
                "sys/kernel/security/apparmor/profiles",
                "pods (enforce)\n/usr/bin/a b (complain)\nodd (name) (unconfined)\n");

        assertThat(AppArmor.below(root).loaded().orElseThrow())
                .containsExactlyInAnyOrder("pods", "/usr/bin/a b", "odd (name)");
    }

    @Test
    void shouldNotKnowWhatIsLoadedWithoutSecurityfs() throws IOException {
        assertThat(AppArmor.below(root).loaded()).isEmpty();
    }

    @Test
    void shouldSayThatTheParserIsMissing() {
        assertThatIOException()
                .isThrownBy(() -> AppArmor.below(root).load("profile x {}"))
                .withMessage("apparmor_parser is not installed");
    }

    @Test
    void shouldSayWhatTheParserSays() {
        assumeTrue(AppArmor.ofKernel().parser().isPresent(), "apparmor_parser is not installed");

        assertThatIOException()
                .isThrownBy(() -> AppArmor.ofKernel().load("profile x { nonsense }"))
                .withMessageContaining("apparmor_parser loads no profile: ");
    }
}
