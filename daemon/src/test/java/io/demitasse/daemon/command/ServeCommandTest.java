package io.demitasse.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Plain lines are not parsed by picocli, and mean the same. */
class ServeCommandTest {
    @Test
    void shouldUnderstandEveryFlagAsPicocliDoes(@TempDir Path directory) throws Exception {
        var config = Files.writeString(directory.resolve("config.toml"), "log_level = \"error\"");
        var line = new ArrayList<String>();
        for (var option : new CommandLine(new ServeCommand()).getCommandSpec().options()) {
            if (!option.usageHelp()) {
                line.add(option.longestName());
                line.add(value(option.longestName(), config));
            }
        }
        var parsed = new ServeCommand();
        new CommandLine(parsed).parseArgs(line.toArray(String[]::new));
        line.addFirst("serve");

        var plain = ServeCommand.plain(line.toArray(String[]::new));

        assertThat(plain).isPresent();
        assertThat(plain.get().configuration()).isEqualTo(parsed.configuration());
    }

    @Test
    void shouldLeaveEveryOtherLineToPicocli() {
        assertThat(ServeCommand.plain()).isEmpty();
        assertThat(ServeCommand.plain("load")).isEmpty();
        assertThat(ServeCommand.plain("serve", "--help")).isEmpty();
        assertThat(ServeCommand.plain("serve", "--root")).isEmpty();
        assertThat(ServeCommand.plain("serve", "--rot", "/srv")).isEmpty();
        assertThat(ServeCommand.plain("serve", "--root", "--state")).isEmpty();
        assertThat(ServeCommand.plain("serve", "--root", "/a", "--root", "/b")).isEmpty();
        assertThat(ServeCommand.plain("serve", "--root=/a")).isEmpty();
    }

    @Test
    void shouldServeWithoutAnyFlag() {
        assertThat(ServeCommand.plain("serve")).isPresent();
    }

    private static String value(String flag, Path config) {
        return switch (flag) {
            case "--config" -> config.toString();
            case "--listen" -> "unix:///other.sock";
            case "--log-level" -> "debug";
            default -> "/other" + flag.substring(1);
        };
    }
}
