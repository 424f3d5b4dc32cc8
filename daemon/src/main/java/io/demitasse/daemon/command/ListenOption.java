package io.demitasse.daemon.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Which daemon a client command talks to. */
final class ListenOption {
    static final String HOW_TO_START = "`systemctl start demitasse` or `demitasse serve` starts it";

    @Option(
            names = "--listen",
            paramLabel = "ADDRESS",
            defaultValue = "unix:///run/demitasse/demitasse.sock",
            converter = Address.class,
            description = "Socket of the daemon; default ${DEFAULT-VALUE}.")
    private Path socket = Path.of("/run/demitasse/demitasse.sock");

    @Option(names = "--help", usageHelp = true, description = "Show this text and end.")
    @SuppressWarnings("UnusedVariable") // picocli only needs the option
    private boolean help;

    /**
     * Opens a connection.
     *
     * @throws IOException if there is no such socket; gRPC would only say "io exception"
     */
    DaemonChannel connect() throws IOException {
        if (!Files.exists(socket)) {
            throw new IOException(
                    "there is no socket " + socket + ": is the daemon running? " + HOW_TO_START);
        }
        return DaemonChannel.to(socket);
    }

    /** {@code unix:///path} or a bare path. */
    static final class Address implements ITypeConverter<Path> {
        @Override
        public Path convert(String value) {
            if (!value.startsWith("/") && !value.startsWith("unix:///")) {
                throw new TypeConversionException("'" + value + "' is no unix:///path");
            }
            return Path.of(value.startsWith("/") ? value : value.substring("unix://".length()));
        }
    }
}
