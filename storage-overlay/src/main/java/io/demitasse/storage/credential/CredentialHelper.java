package io.demitasse.storage.credential;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;

/**
 * A program {@code docker-credential-NAME}, which keeps secrets for others.
 *
 * @see <a href="https://github.com/docker/docker-credential-helpers">docker-credential-helpers</a>
 */
final class CredentialHelper {
    private static final int TIMEOUT_SECONDS = 30;
    private static final int MAX_ANSWER_BYTES = 1 << 16;
    private static final String TOKEN_USER = "<token>";

    private final String program;

    CredentialHelper(String name) throws IOException {
        if (!name.matches("[A-Za-z0-9._-]+")) {
            throw new IOException("credential helper \"" + name + "\" is not a program's name");
        }
        this.program = "docker-credential-" + name;
    }

    /** {@return what it has for a server, or {@link Credential#NONE}} */
    Credential get(String server) throws IOException {
        var process =
                new ProcessBuilder(program, "get")
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            try (var in = process.getOutputStream()) {
                in.write(server.getBytes(UTF_8));
            }
            var answer = process.getInputStream().readNBytes(MAX_ANSWER_BYTES);
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(
                        program + " did not end within " + TIMEOUT_SECONDS + " seconds");
            }
            // It fails, too, if it has nothing.
            return process.exitValue() == 0 ? parse(new String(answer, UTF_8)) : Credential.NONE;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while asking " + program);
        } finally {
            process.destroyForcibly();
        }
    }

    private Credential parse(String answer) throws IOException {
        try {
            if (JsonParser.parseString(answer) instanceof JsonObject json) {
                var user = DockerConfigFile.text(json, "Username").orElse("");
                var secret = DockerConfigFile.text(json, "Secret").orElse("");
                return user.equals(TOKEN_USER)
                        ? new Credential("", "", secret, "")
                        : Credential.of(user, secret);
            }
        } catch (JsonParseException malformed) {
            throw new IOException(program + " answered with what is not JSON");
        }
        throw new IOException(program + " answered with what is not a JSON object");
    }
}
