package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.SecurityProfile;
import io.demitasse.cri.v1.SecurityProfile.ProfileType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Seccomp profiles of each form, by each field: what they forbid, the kernel refuses. */
@Timeout(120)
class SeccompProfilesTest {
    private static final String FORBIDS_MKDIR =
            """
            {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
              {"name": "mkdir", "action": "SCMP_ACT_ERRNO"}, {"name": "mkdirat", "action": "SCMP_ACT_ERRNO"}]}
            """;

    @TempDir static Path directory;

    private static RunningDaemon daemon;

    @BeforeAll
    static void startDaemon() throws Exception {
        daemon = RunningDaemon.start(directory);
    }

    @AfterAll
    static void stopDaemon() throws Exception {
        if (daemon != null) {
            daemon.close();
        }
    }

    @AfterEach
    void removePods() {
        daemon.removeAllPods();
    }

    private static ContainerConfig.Builder sleeping() {
        var config = container("c", "sleep", "600");
        config.getLinuxBuilder().getSecurityContextBuilder().clearSeccomp();
        return config;
    }

    private static ContainerConfig.Builder local(String json) throws Exception {
        var config = sleeping();
        config.getLinuxBuilder().getSecurityContextBuilder().setSeccomp(localProfile(json));
        return config;
    }

    private static SecurityProfile localProfile(String json) throws Exception {
        return SecurityProfile.newBuilder()
                .setProfileType(ProfileType.Localhost)
                .setLocalhostRef(file(json).toString())
                .build();
    }

    private static Path file(String json) throws Exception {
        return Files.writeString(directory.resolve("profile.json"), json);
    }

    @SuppressWarnings("deprecation") // the field is still in CRI, and clients still send it
    private static ContainerConfig.Builder older(String path) {
        var config = sleeping();
        config.getLinuxBuilder().getSecurityContextBuilder().setSeccompProfilePath(path);
        return config;
    }

    private static String mkdir(ContainerConfig.Builder config) {
        var id = createAndStart(daemon, run(daemon, pod(daemon, "seccomp")), config);
        var result = exec(daemon, id, "mkdir", "/tmp/made");
        daemon.removeAllPods();
        return result.getExitCode() == 0 ? "made" : result.getStderr().toStringUtf8();
    }

    private static String mode(ContainerConfig.Builder config) {
        var id = createAndStart(daemon, run(daemon, pod(daemon, "seccomp")), config);
        return exec(daemon, id, "grep", "Seccomp:", "/proc/1/status").getStdout().toStringUtf8();
    }

    @Test
    void shouldForbidWhatEntriesOfDockersFormForbid() throws Exception {
        assertThat(mkdir(local(FORBIDS_MKDIR))).contains("Operation not permitted");
        assertThat(mkdir(sleeping())).isEqualTo("made");
    }

    @Test
    void shouldForbidWhatAnEntryWithOtherCasesForbids() throws Exception {
        var json = FORBIDS_MKDIR.replace("\"name\"", "\"Name\"").replace("syscalls", "Syscalls");

        assertThat(mkdir(local(json))).contains("Operation not permitted");
    }

    @Test
    void shouldReadTheOlderField() throws Exception {
        file(FORBIDS_MKDIR);

        assertThat(mkdir(older("localhost/" + directory.resolve("profile.json"))))
                .contains("Operation not permitted");
    }

    @ParameterizedTest
    @CsvSource({"runtime/default, 2", "docker/default, 2", "unconfined, 0", "'', 0"})
    void shouldKnowTheWordsOfTheOlderField(String path, int expected) {
        assertThat(mode(older(path))).isEqualTo("Seccomp:\t" + expected + "\n");
    }

    @Test
    void shouldPreferTheNewerField() throws Exception {
        var config = older("unconfined");
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .setSeccomp(localProfile(FORBIDS_MKDIR));

        assertThat(mkdir(config)).contains("Operation not permitted");
    }

    @Test
    void shouldHoldWhatAnEntryIncludesAndExcludes() throws Exception {
        var json =
                """
                {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
                  {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28,
                   "%s": {"caps": ["CAP_SYS_CHROOT"]}}]}
                """;
        var without = local(json.formatted("includes"));
        without.getLinuxBuilder()
                .getSecurityContextBuilder()
                .getCapabilitiesBuilder()
                .addDropCapabilities("SYS_CHROOT");

        assertThat(mkdir(local(json.formatted("includes")))).contains("No space left on device");
        assertThat(mkdir(without)).isEqualTo("made");
        assertThat(mkdir(local(json.formatted("excludes")))).isEqualTo("made");
    }

    @Test
    void shouldLoadWithTheFlagsOfTheProfile() throws Exception {
        var json =
                FORBIDS_MKDIR.replace(
                        "\"syscalls\"",
                        "\"flags\": [\"SECCOMP_FILTER_FLAG_LOG\", \"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"],"
                                + " \"syscalls\"");

        assertThat(mkdir(local(json))).contains("Operation not permitted");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"action\": \"SCMP_ACT_ERRNO\"}]}",
                "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": {\"names\": [\"mkdir\"]}}",
                "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 2147418112}",
                "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_PDP11\"]}",
            })
    void shouldRefuseAtCreationWhatCannotBeApplied(String json) throws Exception {
        var config = local(json);
        var pod = run(daemon, pod(daemon, "refused"));

        var refused =
                catchThrowableOfType(
                        StatusRuntimeException.class, () -> Requests.create(daemon, pod, config));

        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refused).hasMessageContaining("seccomp profile " + directory);
    }

    @Test
    void shouldRefuseAnOlderFieldThatMeansNothing() {
        var pod = run(daemon, pod(daemon, "refused"));

        var refused =
                catchThrowableOfType(
                        StatusRuntimeException.class,
                        () -> Requests.create(daemon, pod, older("/etc/profile.json")));

        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refused).hasMessageContaining("seccomp_profile_path");
    }

    @Test
    void shouldRefuseAProfileAsLongAsADisk() throws Exception {
        var config = local(FORBIDS_MKDIR + " ".repeat(1 << 20));
        var pod = run(daemon, pod(daemon, "long"));

        var refused =
                catchThrowableOfType(
                        StatusRuntimeException.class, () -> Requests.create(daemon, pod, config));

        assertThat(refused).hasMessageContaining("is longer than 1048576 bytes");
    }
}
