package io.demitasse.daemon.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.daemon.configuration.CgroupSettings.UnenforceableLimits;
import io.demitasse.sandbox.Unprivileged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a configuration file can say, and how it is told that it cannot. */
class ConfigurationReaderTest {
    private final ConfigurationReader reader = new ConfigurationReader();

    @TempDir private Path directory;
    private Path file;

    @BeforeEach
    void nameFile() {
        file = directory.resolve("config.toml");
    }

    @Test
    void shouldKeepDefaultsThatFileDoesNotMention() throws Exception {
        write("root = \"/srv/images\"");

        var configuration = reader.read(file, Configuration.defaults());

        assertThat(configuration)
                .isEqualTo(Configuration.defaults().withRoot(Path.of("/srv/images")));
    }

    @Test
    void shouldReadTableHeaderAtTheVeryEnd() throws Exception {
        write("root = \"/srv\"\n[registry]");

        assertThat(reader.read(file, Configuration.defaults()))
                .isEqualTo(Configuration.defaults().withRoot(Path.of("/srv")));
    }

    @Test
    void shouldReadTables() throws Exception {
        write(
                """
                listen = "unix:///run/other.sock"
                log_level = "debug"
                [network]
                bridge = "demi7"
                subnet = "10.9.0.0/24"
                mtu = 1400
                enable_unprivileged_icmp = false
                [cgroup]
                unenforceable_limits = "warn"
                [registry]
                config_path = ["/etc/one", "/etc/two"]
                auth_file = "/etc/auth.json"
                registries_conf = "/etc/registries.conf"
                pinned_images = ["registry.k8s.io/pause:*"]
                keep_compressed_layers = true
                """);

        var configuration = reader.read(file, Configuration.defaults());

        assertThat(configuration.socket().path()).isEqualTo(Path.of("/run/other.sock"));
        assertThat(configuration.logLevel()).isEqualTo(System.Logger.Level.DEBUG);
        assertThat(configuration.network())
                .isEqualTo(
                        new NetworkSettings(
                                "demi7", "10.9.0.0/24", 1400, 2, new Unprivileged(true, false)));
        assertThat(configuration.cgroup()).isEqualTo(new CgroupSettings(UnenforceableLimits.WARN));
        assertThat(configuration.registry())
                .isEqualTo(
                        new RegistrySettings(
                                List.of(Path.of("/etc/one"), Path.of("/etc/two")),
                                Path.of("/etc/registries.conf"),
                                List.of(Path.of("/etc/auth.json")),
                                List.of("registry.k8s.io/pause:*"),
                                true));
    }

    @Test
    void shouldLetFlagBeatFile() throws Exception {
        write("root = \"/from/file\"");
        var fromFile = reader.read(file, Configuration.defaults());

        var configuration = reader.apply("--root", fromFile, "root", "/from/flag");

        assertThat(configuration.root()).isEqualTo(Path.of("/from/flag"));
    }

    @Test
    void shouldNameFileAndNearestKeyWhenKeyIsUnknown() throws Exception {
        write("[netwrok]\nbridge = \"demi7\"");

        assertRefused("unknown key \"netwrok.bridge\", did you mean \"network.bridge\"?");
    }

    @Test
    void shouldNotGuessWhenNoKeyIsNear() throws Exception {
        write("something_else_entirely = 1");

        assertRefused("unknown key \"something_else_entirely\"");
    }

    @Test
    void shouldRefuseAnUnknownTableThatSetsNothing() throws Exception {
        write("root = \"/srv\"\n[netwrok]");

        assertRefused("unknown key \"netwrok\", did you mean \"network\"?");
    }

    @Test
    void shouldNameKeyAndChoicesWhenValueDoesNotFit() throws Exception {
        write("[cgroup]\nunenforceable_limits = \"ignore\"");

        assertRefused("cgroup.unenforceable_limits must be error or warn, not \"ignore\"");
    }

    @Test
    void shouldNameKeyWhenTypeDoesNotFit() throws Exception {
        write("[network]\nmtu = \"big\"");

        assertRefused("network.mtu must be a number, not big");
    }

    @Test
    void shouldNameKeyWhenListDoesNotFit() throws Exception {
        write("[registry]\nconfig_path = [\"certs.d\"]");

        assertRefused("registry.config_path must be a list of absolute paths, not [certs.d]");
    }

    @Test
    void shouldRefuseRelativePath() throws Exception {
        write("state = \"run\"");

        assertRefused("state must be an absolute path, not \"run\"");
    }

    @Test
    void shouldNameFileWhenItIsNoToml() throws Exception {
        write("[network\nmtu = 1");

        assertRefused("no TOML");
    }

    @Test
    void shouldNameFileWhenItDoesNotExist() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> reader.read(file, Configuration.defaults()))
                .withMessage("cannot read configuration file " + file);
    }

    private void write(String text) throws IOException {
        Files.writeString(file, text);
    }

    private void assertRefused(String message) {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> reader.read(file, Configuration.defaults()))
                .withMessage(file + ": " + message);
    }
}
