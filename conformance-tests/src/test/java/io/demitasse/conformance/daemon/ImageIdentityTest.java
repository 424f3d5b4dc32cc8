package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.Image;
import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.ImageStatusRequest;
import io.demitasse.cri.v1.Int64Value;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the strings of an image become: an identity, a path, a command. */
@Timeout(120)
class ImageIdentityTest {
    /** Users and groups whose names are read as numbers by those who look at files first. */
    private static final String PASSWD =
            """
            root:x:0:0:root:/root:/bin/sh
            1000:x:0:0::/:/bin/sh
            2147483648:x:0:0::/:/bin/sh
            4294967295:x:0:0::/:/bin/sh
            4294967296:x:0:0::/:/bin/sh
            -1:x:0:0::/:/bin/sh
            +0:x:0:0::/:/bin/sh
            １:x:0:0::/:/bin/sh
            app:x:101:102::/home/app:/bin/sh
            """;

    private static final String GROUP = "root:x:0:\n50:x:0:\napp:x:102:\nmore:x:103:app\n";

    private static final AtomicInteger IMAGES = new AtomicInteger();

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

    private static CustomImage image() throws Exception {
        return CustomImage.of(daemon, "i" + IMAGES.incrementAndGet())
                .file("etc/passwd", PASSWD)
                .file("etc/group", GROUP);
    }

    private static String withUser(String user) throws Exception {
        return image().config("{\"Env\":[\"PATH=/bin\"],\"User\":\"" + user + "\"}").load(daemon);
    }

    private static ContainerConfig.Builder sleeping(String image) {
        return container("c", "sleep", "600").setImage(ImageSpec.newBuilder().setImage(image));
    }

    private static Image status(String image) {
        var request =
                ImageStatusRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(image));
        return daemon.images().imageStatus(request.build()).getImage();
    }

    /** What the kubelet concludes for runAsNonRoot is what runs. */
    @ParameterizedTest
    @CsvSource({
        "1000, 1000, 0",
        "01000, 1000, 0",
        "00, 0, 0",
        "101, 101, 102",
        "app, 101, 102",
        "app:50, 101, 50",
        "1000:50, 1000, 50",
        "2147483647, 2147483647, 0",
    })
    void shouldRunAsWhatImageStatusTells(String user, long uid, long gid) throws Exception {
        var name = withUser(user);

        var told = status(name);
        var id = createAndStart(daemon, run(daemon, pod(daemon, "user")), sleeping(name));

        var ids = exec(daemon, id, "sh", "-c", "id -u; id -g").getStdout().toStringUtf8();
        assertThat(ids).isEqualTo(uid + "\n" + gid + "\n");
        assertThat(Requests.status(daemon, id).getUser().getLinux().getUid()).isEqualTo(uid);
        if (told.hasUid()) {
            assertThat(told.getUid().getValue()).isEqualTo(uid);
            assertThat(told.getUsername()).isEmpty();
        } else {
            assertThat(told.getUsername()).isEqualTo("app");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2147483648",
                "4294967295",
                "4294967296",
                "-1",
                "+0",
                "１000",
                "0x0",
                "app:-1",
                "app:4294967296",
                "nobody here",
                "app:0:0"
            })
    void shouldRefuseAUserThatIsNeitherANumberNorKnown(String user) throws Exception {
        var name = withUser(user);
        var pod = run(daemon, pod(daemon, "nobody"));

        var told = status(name);
        var refused =
                catchThrowableOfType(
                        StatusRuntimeException.class,
                        () -> Requests.create(daemon, pod, sleeping(name)));

        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(told.hasUid()).isFalse(); // the kubelet refuses runAsNonRoot for a name
        assertThat(told.getUsername()).isEqualTo(user.replaceFirst(":.*", ""));
    }

    @Test
    void shouldTakeANumberOfTheRequestForANumber() throws Exception {
        var name = withUser("app");
        var pod = run(daemon, pod(daemon, "request"));
        for (var named : List.of("1000", "01000")) {
            var config = sleeping(name);
            config.getMetadataBuilder().setName(named);
            config.getLinuxBuilder().getSecurityContextBuilder().setRunAsUsername(named);
            var id = createAndStart(daemon, pod, config);

            assertThat(exec(daemon, id, "id", "-u").getStdout().toStringUtf8()).isEqualTo("1000\n");
        }
        for (long number : new long[] {-1, 1L << 31, 1L << 32}) {
            var user = sleeping(name);
            user.getLinuxBuilder()
                    .getSecurityContextBuilder()
                    .setRunAsUser(Int64Value.newBuilder().setValue(number));
            var group = sleeping(name);
            group.getLinuxBuilder()
                    .getSecurityContextBuilder()
                    .setRunAsUser(Int64Value.newBuilder().setValue(1))
                    .setRunAsGroup(Int64Value.newBuilder().setValue(number));
            var more = sleeping(name);
            more.getLinuxBuilder().getSecurityContextBuilder().addSupplementalGroups(number);
            for (var config : List.of(user, group, more)) {
                assertThat(
                                catchThrowableOfType(
                                        StatusRuntimeException.class,
                                        () -> Requests.create(daemon, pod, config)))
                        .hasMessageContaining(number + " is not between 0 and 2147483647");
            }
        }
    }

    /** As it is where a directory service writes its users into the image. */
    @Test
    void shouldFindAUserAtTheEndOfALongFile() throws Exception {
        var passwd = new StringBuilder(PASSWD);
        var group = new StringBuilder(GROUP);
        for (int i = 0; passwd.length() < 3 << 20; i++) {
            passwd.append("user").append(i).append(":x:").append(2000 + i).append(":100::/home:\n");
            group.append("group").append(i).append(":x:").append(2000 + i).append(":user\n");
        }
        passwd.append("last:x:150:151::/home/last:/bin/sh\n");
        group.append("wheel:x:152:last\n");
        var name =
                image().file("etc/passwd", passwd.toString())
                        .file("etc/group", group.toString())
                        .config("{\"Env\":[\"PATH=/bin\"],\"User\":\"last\"}")
                        .load(daemon);

        var id = createAndStart(daemon, run(daemon, pod(daemon, "long")), sleeping(name));

        assertThat(exec(daemon, id, "sh", "-c", "id; echo $HOME").getStdout().toStringUtf8())
                .contains("uid=150")
                .contains("gid=151")
                .contains("152")
                .contains("/home/last");
    }

    @Test
    void shouldTakeARelativeWorkingDirectoryFromTheRootOn() throws Exception {
        var name =
                image().file("app/here", "")
                        .config("{\"Env\":[\"PATH=/bin\"],\"WorkingDir\":\"app\"}")
                        .load(daemon);

        var id = createAndStart(daemon, run(daemon, pod(daemon, "relative")), sleeping(name));

        assertThat(exec(daemon, id, "pwd").getStdout().toStringUtf8()).isEqualTo("/app\n");
    }

    @Test
    void shouldRunTheCommandWhereTheEntrypointIsEmpty() throws Exception {
        var config = "{\"Entrypoint\":[\"\"],\"Cmd\":[\"sleep\",\"600\"],\"Env\":[\"PATH=/bin\"]}";
        var name = image().config(config).load(daemon);
        var container = sleeping(name).clearCommand();

        var id = createAndStart(daemon, run(daemon, pod(daemon, "entrypoint")), container);

        assertThat(exec(daemon, id, "cat", "/proc/1/cmdline").getStdout().toStringUtf8())
                .isEqualTo("sleep\0" + "600\0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"Cmd\":[\"sleep\",\"6\\u00000\"]}",
                "{\"Cmd\":[\"sleep\",\"60\"],\"Env\":[\"A=1\\u00002\"]}",
                "{\"Cmd\":[\"sleep\",\"60\"],\"WorkingDir\":\"/tmp\\u0000/x\"}",
                "{\"Cmd\":[\"sleep\",\"60\"],\"User\":\"1000\\u0000\"}"
            })
    void shouldRefuseAnImageWithANulInWhatTheKernelTakes(String config) throws Exception {
        var name = image().config(config).load(daemon);
        var pod = run(daemon, pod(daemon, "nul"));

        var refused =
                catchThrowableOfType(
                        StatusRuntimeException.class,
                        () -> Requests.create(daemon, pod, sleeping(name).clearCommand()));

        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }
}
