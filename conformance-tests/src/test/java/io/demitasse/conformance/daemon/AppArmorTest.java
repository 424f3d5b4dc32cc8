package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.LinuxContainerSecurityContext;
import io.demitasse.cri.v1.SecurityProfile;
import io.demitasse.cri.v1.SecurityProfile.ProfileType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What AppArmor does to containers where the kernel has it, and what is refused where it has not.
 */
@Timeout(300)
class AppArmorTest {
    private static final String CURRENT = "/proc/self/attr/current";
    private static final String DEFAULT = "demitasse-default (enforce)";

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

    private static boolean enabled() throws IOException {
        var parameter = Path.of("/sys/module/apparmor/parameters/enabled");
        return Files.exists(parameter) && Files.readString(parameter).startsWith("Y");
    }

    private static void assumeAppArmor() throws IOException {
        assumeTrue(enabled(), "the kernel has no AppArmor enabled");
    }

    private static ContainerConfig.Builder sleeping(
            String name, LinuxContainerSecurityContext.Builder security) {
        var config = container(name, "sleep", "600");
        config.getLinuxBuilder().getSecurityContextBuilder().mergeFrom(security.build());
        return config;
    }

    private static LinuxContainerSecurityContext.Builder security() {
        return LinuxContainerSecurityContext.newBuilder();
    }

    private static LinuxContainerSecurityContext.Builder profile(ProfileType type, String name) {
        return security()
                .setApparmor(
                        SecurityProfile.newBuilder().setProfileType(type).setLocalhostRef(name));
    }

    private static String read(String container, String file) {
        return exec(daemon, container, "cat", file).getStdout().toStringUtf8().strip();
    }

    @Test
    void shouldConfineContainersAndCommandsInThemByDefault() throws Exception {
        assumeAppArmor();
        var pod = run(daemon, pod(daemon, "default"));
        var id = createAndStart(daemon, pod, container("c", "sleep", "600"));
        var free =
                createAndStart(daemon, pod, sleeping("free", profile(ProfileType.Unconfined, "")));

        assertThat(read(id, "/proc/1/attr/current")).isEqualTo(DEFAULT);
        assertThat(read(id, CURRENT)).isEqualTo(DEFAULT);
        assertThat(read(free, "/proc/1/attr/current")).isEqualTo("unconfined");
        assertThat(read(free, CURRENT)).isEqualTo("unconfined");
    }

    @Test
    void shouldDenyMountsThatTheCapabilityWouldAllow() throws Exception {
        assumeAppArmor();
        var admin = security();
        admin.getCapabilitiesBuilder().addAddCapabilities("SYS_ADMIN");
        var pod = run(daemon, pod(daemon, "mount"));
        var id = createAndStart(daemon, pod, sleeping("c", admin));
        var free =
                createAndStart(
                        daemon,
                        pod,
                        sleeping(
                                "free",
                                admin.mergeFrom(profile(ProfileType.Unconfined, "").build())));
        var mount = new String[] {"mount", "-t", "tmpfs", "none", "/tmp"};

        assertThat(exec(daemon, id, mount).getExitCode()).isNotZero();
        assertThat(exec(daemon, free, mount).getExitCode()).isZero();
    }

    @Test
    void shouldNotConfinePrivilegedContainers() throws Exception {
        assumeAppArmor();
        var config = pod(daemon, "privileged");
        config.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
        var pod = run(daemon, config);
        var id =
                createAndStart(
                        daemon,
                        pod,
                        sleeping(
                                "c",
                                profile(ProfileType.Localhost, "no-such-profile")
                                        .setPrivileged(true)));

        assertThat(read(id, CURRENT)).isEqualTo("unconfined");
    }

    @Test
    void shouldRefuseAProfileThatIsNotLoaded() throws Exception {
        assumeAppArmor();
        var pod = run(daemon, pod(daemon, "missing"));

        assertThatThrownBy(() ->
                        Requests.create(
                                daemon,
                                pod,
                                sleeping("c", profile(ProfileType.Localhost, "no-such-profile"))))
                .hasMessage(
                        "FAILED_PRECONDITION: AppArmor profile \"no-such-profile\" is not loaded;"
                                + " load it with apparmor_parser");
    }

    @Test
    void shouldRefuseProfilesOnANodeWithoutAppArmor() throws Exception {
        assumeFalse(enabled(), "the kernel has AppArmor enabled");
        var pod = run(daemon, pod(daemon, "without"));

        for (var type : new ProfileType[] {ProfileType.RuntimeDefault, ProfileType.Localhost}) {
            assertThatThrownBy(
                            () -> Requests.create(daemon, pod, sleeping("c", profile(type, "x"))))
                    .hasMessageStartingWith("FAILED_PRECONDITION: AppArmor profile ")
                    .hasMessageEndingWith("was asked for, and this kernel has no AppArmor enabled");
        }
        createAndStart(daemon, pod, sleeping("u", profile(ProfileType.Unconfined, "")));
    }

    @Test
    @SuppressWarnings("deprecation") // the older field is what this test is about
    void shouldRefuseWhatTheOlderFieldCannotMean() {
        var pod = run(daemon, pod(daemon, "older"));

        assertThatThrownBy(() ->
                        Requests.create(
                                daemon,
                                pod,
                                sleeping("c", security().setApparmorProfile("strict"))))
                .hasMessageContaining("INVALID_ARGUMENT: apparmor_profile \"strict\" is none of");
    }
}
