package io.demitasse.storage.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs that keep secrets: good ones, and those that a pull must not wait for. */
@Timeout(60)
class CredentialHelperTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir Path directory;

    private CredentialHelper helper(String script, Duration limit) throws IOException {
        var program = directory.resolve("docker-credential-test");
        Files.writeString(program, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return new CredentialHelper(program.toString(), limit);
    }

    @Test
    void shouldAskForAServerAndTakeWhatItSays() throws IOException {
        var helper =
                helper(
                        "read server; echo \"{\\\"Username\\\":\\\"$1\\\",\\\"Secret\\\":\\\"$server\\\"}\"",
                        PATIENCE);
        assertThat(helper.get("r.example")).isEqualTo(Credential.of("get", "r.example"));

        var token = helper("echo '{\"Username\":\"<token>\",\"Secret\":\"id\"}'", PATIENCE);
        assertThat(token.get("r.example")).isEqualTo(new Credential("", "", "id", ""));
    }

    @Test
    void shouldTakeAFailureForKnowingNobody() throws IOException {
        var helper = helper("echo credentials not found in native keychain; exit 1", PATIENCE);

        assertThat(helper.get("r.example").isNone()).isTrue();
    }

    @Test
    void shouldSayThatItsAnswerMakesNoSense() throws IOException {
        for (var nonsense : new String[] {"secret", "[]", ""}) {
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> helper("echo '" + nonsense + "'", PATIENCE).get("r.example"))
                    .withMessageContaining("answered with what is not")
                    .withMessageNotContaining("secret");
        }
    }

    @Test
    void shouldNotWaitForOneThatHangs() throws IOException {
        var helper = helper("echo $$ > $0.pid; exec sleep 1000", Duration.ofSeconds(2));

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> helper.get("r.example"))
                .withMessageContaining("did not end within 2 seconds");

        assertGone();
    }

    /** The shell is killed, and its child has the pipe. */
    @Test
    void shouldNotWaitForTheChildrenOfOneThatHangs() throws IOException {
        var helper = helper("sleep 1000 & echo $! > $0.pid; wait", Duration.ofSeconds(2));

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> helper.get("r.example"))
                .withMessageContaining("did not end within 2 seconds");

        assertGone();
    }

    private void assertGone() throws IOException {
        var file = directory.resolve("docker-credential-test.pid");
        var process = Path.of("/proc", Files.readString(file).strip(), "cmdline");
        while (isAlive(process)) {
            LockSupport.parkNanos(1_000_000); // the time limit is the test's
        }
    }

    /** What has ended, and was not waited for by whoever adopted it, has an empty command line. */
    private static boolean isAlive(Path commandLine) {
        try {
            return !Files.readString(commandLine).isEmpty();
        } catch (IOException gone) { // ENOENT, or ESRCH if it was open already
            return false;
        }
    }

    @Test
    void shouldNameAProgramThatIsMissing() throws IOException {
        var config = directory.resolve("config.json");
        Files.writeString(
                config,
                """
                {"credHelpers": {"r.example": "demitasse-is-missing"},
                 "auths": {"other.example": {"auth": "bWU6c2VjcmV0"}}}
                """);
        var file = new DockerConfigFile(config);

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> file.of("r.example", "app"))
                .withMessageContaining("docker-credential-demitasse-is-missing");
        assertThat(file.of("other.example", "app")).isEqualTo(Credential.of("me", "secret"));
    }
}
