package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.Device;
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

/** Devices of the node in containers: those that are named, and all of them in privileged ones. */
@Timeout(120)
class DevicesTest {
    @TempDir static Path directory;

    private static RunningDaemon daemon;

    /** A directory of devices: two of them, a link, a file, and another below a directory. */
    private static Path devices;

    @BeforeAll
    static void startDaemon() throws Exception {
        daemon = RunningDaemon.start(directory);
        devices = Files.createDirectories(directory.resolve("devices"));
        Files.createDirectory(devices.resolve("sub"));
        for (var name : new String[] {"first", "second", "sub/third"}) {
            RunningDaemon.run(
                    java.util.List.of("mknod", devices.resolve(name).toString(), "c", "1", "3"));
        }
        Files.createSymbolicLink(devices.resolve("link"), Path.of("first"));
        Files.writeString(devices.resolve("text"), "no device");
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

    @Test
    void shouldShowAPrivilegedContainerTheDevicesBelowTheDirectoriesOfDev() throws Exception {
        var expected =
                RunningDaemon.run(
                        java.util.List.of(
                                "sh",
                                "-c",
                                "cd /dev && find . -path ./pts -prune -o -path ./shm -prune -o -path"
                                        + " ./mqueue -prune -o \\( -type c -o -type b \\) -print |"
                                        + " grep -v -e ^./console$ -e ^./ptmx$ | sort"));
        assertThat(expected.lines()).anyMatch(name -> name.matches("\\./.*/.*"));

        var id = privileged("all", container("c", "sleep", "600"));

        assertThat(
                        sh(
                                id,
                                "cd /dev && find . -path ./pts -prune -o -path ./shm -prune -o -path"
                                        + " ./mqueue -prune -o \\( -type c -o -type b \\) -print |"
                                        + " grep -v -e ^./console$ -e ^./ptmx$ | sort"))
                .isEqualTo(expected);
    }

    @Test
    void shouldMakeADeviceThatIsNamedForAPrivilegedContainer() throws Exception {
        var config = container("c", "sleep", "600");
        config.addDevices(device("/dev/zero", "/dev/named", "r"));

        var id = privileged("named", config);

        assertThat(sh(id, "head -c 3 /dev/named | od -An -tx1")).isEqualTo(" 00 00 00\n");
    }

    @Test
    void shouldMakeAllDevicesOfADirectoryAndNothingElse() throws Exception {
        var pod = run(daemon, pod(daemon, "directory"));
        var config = container("c", "sleep", "600");
        config.addDevices(device(devices.toString(), "/dev/set", "rw"));

        var id = createAndStart(daemon, pod, config);

        assertThat(sh(id, "cd /dev/set && find . | sort"))
                .isEqualTo(".\n./first\n./second\n./sub\n./sub/third\n");
        assertThat(sh(id, "echo x >/dev/set/sub/third && echo written")).isEqualTo("written\n");
    }

    @Test
    void shouldMakeADeviceOutsideOfDev() throws Exception {
        var pod = run(daemon, pod(daemon, "outside"));
        var config = container("c", "sleep", "600");
        config.addDevices(device("/dev/zero", "/opt/made/here/zero", "r"));

        var id = createAndStart(daemon, pod, config);

        assertThat(sh(id, "head -c 2 /opt/made/here/zero | od -An -tx1")).isEqualTo(" 00 00\n");
    }

    @Test
    void shouldLetANamedDeviceTakeTheStandardOnesPlace() throws Exception {
        var pod = run(daemon, pod(daemon, "instead"));
        var config = container("c", "sleep", "600");
        config.addDevices(device("/dev/zero", "/dev/urandom", "rw"));
        config.addDevices(device("/dev/full", "/dev/urandom", "rw"));
        config.addDevices(device("/dev/zero", "/dev/core", "rw"));

        var id = createAndStart(daemon, pod, config);

        assertThat(
                        sh(
                                id,
                                "head -c 2 /dev/urandom | od -An -tx1; : >/dev/urandom; test -c /dev/core && echo device"))
                .isEqualTo(" 00 00\ndevice\n");
    }

    @Test
    void shouldRefuseAtCreationWhatIsNoDevice() {
        refused(device("/dev/no-such", "/dev/x", "r"), "/dev/no-such does not exist");
        refused(device(devices.resolve("text").toString(), "/dev/x", "r"), "is not a device");
        refused(device("dev/null", "/dev/x", "r"), "host_path \"dev/null\" is not absolute");
        refused(device("/dev/null", "/dev/../x", "r"), "container_path \"/dev/../x\"");
        refused(device("/dev/null", "x", "r"), "container_path \"x\"");
        refused(device("/dev/null", "/dev/x", "rx"), "permissions \"rx\"");
    }

    private static void refused(Device.Builder device, String why) {
        var pod = run(daemon, pod(daemon, "refused"));
        var config = container("c", "sleep", "600").addDevices(device);

        assertThatExceptionOfType(StatusRuntimeException.class)
                .isThrownBy(() -> Requests.create(daemon, pod, config))
                .matches(failure -> failure.getStatus().getCode() == Status.Code.INVALID_ARGUMENT)
                .withMessageContaining(why);
    }

    private static String privileged(String name, ContainerConfig.Builder config) {
        var pod = pod(daemon, name);
        pod.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
        config.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
        return createAndStart(daemon, run(daemon, pod), config);
    }

    private static Device.Builder device(String source, String target, String permissions) {
        return Device.newBuilder()
                .setHostPath(source)
                .setContainerPath(target)
                .setPermissions(permissions);
    }

    private static String sh(String container, String script) {
        var result = exec(daemon, container, "sh", "-c", script);
        return result.getStdout().toStringUtf8() + result.getStderr().toStringUtf8();
    }
}
