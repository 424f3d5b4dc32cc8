package io.demitasse.daemon.command;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import picocli.CommandLine.Option;

/** A name and a password for a registry; a password is never an argument, which others can read. */
final class LoginOptions {
    @Option(
            names = {"-u", "--username"},
            paramLabel = "USER",
            description = "Name at the registry.")
    private String username = "";

    @Option(
            names = "--password-stdin",
            description = "Read the password, one line, from standard input.")
    private boolean passwordFromInput;

    String username() {
        return username;
    }

    /** Reads the password from standard input, or asks for it where there is a terminal. */
    String password() throws IOException {
        if (passwordFromInput) {
            var reader =
                    new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            var line = reader.readLine();
            if (line == null || line.isEmpty()) {
                throw new IOException("there is no password on standard input");
            }
            return line;
        }
        var console =
                Optional.ofNullable(System.console())
                        .filter(Console::isTerminal)
                        .orElseThrow(
                                () -> new IOException("give the password with --password-stdin"));
        var typed = console.readPassword("Password of %s: ", username);
        if (typed == null || typed.length == 0) {
            throw new IOException("there is no password");
        }
        return new String(typed);
    }
}
