package io.demitasse.storage.credential;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A program {@code docker-credential-NAME}, which keeps secrets for others.
 *
 * @see <a href="https://github.com/docker/docker-credential-helpers">docker-credential-helpers</a>
 */
final class CredentialHelper {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int MAX_ANSWER_BYTES = 1 << 16;
    private static final String TOKEN_USER = "<token>";

    private final String program;
    private final Duration limit;

    /** A program, and how long it may take. */
    CredentialHelper(String program, Duration limit) {
        this.program = program;
        this.limit = limit;
    }

    /** {@return the program that docker's configuration calls so} */
    static CredentialHelper named(String name) throws IOException {
        if (!name.matches("[A-Za-z0-9._-]+")) {
            throw new IOException("credential helper \"" + name + "\" is not a program's name");
        }
        return new CredentialHelper("docker-credential-" + name, LIMIT);
    }

    /** {@return what it has for a server, or {@link Credential#NONE}} */
    Credential get(String server) throws IOException {
        var process =
                new ProcessBuilder(program, "get")
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        // Whoever hangs does so with its output open: that is read by another thread.
        var answer = new FutureTask<>(() -> ask(process, server));
        Thread.ofVirtual().name("storage-" + program).start(answer);
        try {
            var text = answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            // It fails, too, if it has nothing.
            return text.isPresent() ? parse(text.get()) : Credential.NONE;
        } catch (TimeoutException hangs) {
            throw new IOException(
                    program + " did not end within " + limit.toSeconds() + " seconds", hangs);
        } catch (ExecutionException failed) {
            throw new IOException(program + " cannot be asked", failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while asking " + program);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static Optional<String> ask(Process process, String server)
            throws IOException, InterruptedException {
        try (var in = process.getOutputStream()) {
            in.write(server.getBytes(UTF_8));
        } catch (IOException unread) {
            // it has ended already, or does not care: its answer tells
        }
        var answer = process.getInputStream().readNBytes(MAX_ANSWER_BYTES);
        return process.waitFor() == 0 ? Optional.of(new String(answer, UTF_8)) : Optional.empty();
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
