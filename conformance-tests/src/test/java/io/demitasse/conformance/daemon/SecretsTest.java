package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.demitasse.cri.v1.AuthConfig;
import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.KeyValue;
import io.demitasse.cri.v1.PodSandboxStatusRequest;
import io.demitasse.cri.v1.PullImageRequest;
import io.demitasse.cri.v1.StatusRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Secrets with a mark in them, in every request that has some; then everything is searched. */
@Timeout(300)
class SecretsTest {
    private static final String MARK = "m4rkeds3cr3t";

    @TempDir static Path directory;

    private static RunningDaemon daemon;
    private static TellingRegistry registry;
    private static Path kept;

    @BeforeAll
    static void start() throws Exception {
        registry = new TellingRegistry(MARK);
        kept = Files.createDirectory(directory.resolve("kept")).resolve("auth.json");
        daemon =
                RunningDaemon.start(
                        Files.createDirectory(directory.resolve("daemon")),
                        0,
                        """
                        log_level = "trace"
                        [metrics]
                        listen = "127.0.0.1:0"
                        [registry]
                        auth_file = "%s"
                        """
                                .formatted(kept),
                        Map.of("HTTPS_PROXY", "http://me:" + MARK + "-proxy@" + registry.host()));
    }

    @AfterAll
    static void stop() throws Exception {
        if (daemon != null) {
            daemon.close();
        }
        if (registry != null) {
            registry.close();
        }
    }

    private static AuthConfig.Builder password(String user) {
        return AuthConfig.newBuilder().setUsername(user).setPassword(MARK + "-password");
    }

    private static List<AuthConfig.Builder> credentials() {
        var encoder = Base64.getEncoder();
        var list = new ArrayList<AuthConfig.Builder>();
        for (var user : List.of("right", "wrong", "odd", "empty", MARK + "-name")) {
            list.add(password(user));
        }
        var pair = encoder.encodeToString(("wrong:" + MARK + "-encoded").getBytes(UTF_8));
        list.add(AuthConfig.newBuilder().setAuth(pair));
        list.add(AuthConfig.newBuilder().setAuth("?" + MARK + "-malformed"));
        list.add(AuthConfig.newBuilder().setAuth(encoder.encodeToString(MARK.getBytes(UTF_8))));
        list.add(AuthConfig.newBuilder().setIdentityToken(MARK + "-identity"));
        list.add(AuthConfig.newBuilder().setRegistryToken(MARK + "-registry"));
        list.add(password("wrong").setPassword(MARK + "\0" + MARK));
        return list;
    }

    private static String pull(String image, AuthConfig.Builder auth) {
        var request =
                PullImageRequest.newBuilder()
                        .setImage(ImageSpec.newBuilder().setImage(image))
                        .setAuth(auth)
                        .build();
        try {
            return daemon.images().pullImage(request).toString();
        } catch (StatusRuntimeException failed) {
            return failed.getStatus() + " " + failed.getTrailers();
        }
    }

    private static ContainerConfig.Builder withSecret(String name, String... command) {
        return container(name, command)
                .addEnvs(
                        KeyValue.newBuilder()
                                .setKey("PASSWORD")
                                .setValue(ByteString.copyFromUtf8(MARK + "-environment")));
    }

    private static String attempt(String pod, ContainerConfig.Builder config) {
        try {
            var id = createAndStart(daemon, pod, config);
            return Requests.status(daemon, id).toString();
        } catch (StatusRuntimeException failed) {
            return failed.getStatus() + " " + failed.getTrailers();
        }
    }

    private static String command(String input, String... words) throws Exception {
        var line = new ArrayList<>(List.of(Path.of("../bin/demitasse").toString()));
        line.addAll(List.of(words));
        var process = new ProcessBuilder(line).redirectErrorStream(true).start();
        try (var in = process.getOutputStream()) {
            in.write((input + "\n").getBytes(UTF_8));
        }
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        process.waitFor();
        return output;
    }

    private static String login(String user) throws Exception {
        return command(
                MARK + "-login",
                "login",
                "--listen",
                "unix://" + daemon.socket(),
                "--username",
                user,
                "--password-stdin",
                registry.host());
    }

    private static String metrics() throws Exception {
        var log = Files.readString(daemon.directory().resolve("log"));
        var address = Pattern.compile("metrics listen=(\\S+)").matcher(log);
        assertThat(address.find()).isTrue();
        var request = HttpRequest.newBuilder(URI.create("http://" + address.group(1) + "/metrics"));
        try (var client = HttpClient.newHttpClient()) {
            return client.send(request.build(), BodyHandlers.ofString()).body();
        }
    }

    /** {@return the files below the daemon's directory that a text is in, relative to it} */
    private static List<String> filesWith(String text) throws IOException {
        var found = new ArrayList<String>();
        for (var file : Reach.below(daemon.directory())) {
            boolean namespace = file.toString().contains("/ns/");
            if (!namespace
                    && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    && new String(Files.readAllBytes(file), ISO_8859_1).contains(text)) {
                found.add(daemon.directory().relativize(file).toString());
            }
        }
        return found;
    }

    @Test
    void shouldTellSecretsToNobody() throws Exception {
        var said = new ArrayList<String>();
        for (var auth : credentials()) {
            said.add(pull(registry.host() + "/unknown", auth));
        }
        for (var repository : List.of("redirected", "nowhere", "unfit", "ring")) {
            said.add(pull(registry.host() + "/" + repository, password("right")));
        }
        said.add(pull("registry.invalid/x", password("right")));
        said.add(login("wrong"));
        said.add(login("right"));
        said.add(pull(registry.host() + "/unknown", AuthConfig.newBuilder()));
        said.add(push());
        var pod = run(daemon, pod(daemon, "secrets"));
        said.add(attempt(pod, withSecret("starts", "sleep", "600")));
        said.add(attempt(pod, withSecret("missing", "/no/such/program")));
        said.add(attempt(pod, withSecret("nowhere", "true").setWorkingDir("/bin/busybox/x")));
        said.add(attempt(pod, malformed("PASSWORD=" + MARK + "-key", "x")));
        said.add(attempt(pod, malformed("PASSWORD", MARK + "\0-value")));
        said.add(metrics());
        said.add(statuses(pod));

        assertThat(said).noneMatch(answer -> answer.contains(MARK));
        assertThat(said).as("requests that were answered").noneMatch(String::isBlank);
        assertThat(filesWith(MARK))
                .isNotEmpty()
                .allMatch(file -> file.matches("root/containers/[0-9a-f]{64}/record"));
        assertThat(Files.readString(kept)).doesNotContain(MARK + "-password");
        // also in base64, as HTTP and docker's configuration have them
        for (int skipped = 0; skipped < 3; skipped++) {
            var encoded =
                    Base64.getEncoder()
                            .encodeToString(("x".repeat(skipped) + MARK + "---").getBytes(UTF_8));
            assertThat(filesWith(encoded.substring(4, 16))).isEmpty();
        }
    }

    private static String push() throws Exception {
        var name = registry.host() + "/uploads/x:latest";
        var socket = "unix://" + daemon.socket();
        return command("", "tag", "--listen", socket, RunningDaemon.IMAGE, name)
                + command("", "push", "--listen", socket, name);
    }

    private static ContainerConfig.Builder malformed(String key, String value) {
        return container("malformed", "true")
                .addEnvs(
                        KeyValue.newBuilder().setKey(key).setValue(ByteString.copyFromUtf8(value)));
    }

    private static String statuses(String pod) {
        var runtime = daemon.runtime();
        var status = StatusRequest.newBuilder().setVerbose(true).build();
        var ofPod =
                PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).setVerbose(true).build();
        var text = new StringBuilder();
        text.append(runtime.status(status)).append(runtime.podSandboxStatus(ofPod));
        return text.toString();
    }

    /** The control: what is told is found, in the log and in the files of a container. */
    @Test
    void shouldFindWhatIsTold() throws Exception {
        var told = "t0ld";
        var pod = run(daemon, pod(daemon, "told"));
        var config = container("c", "sh", "-c", "echo " + told + " >/file; echo " + told);
        Requests.awaitExit(daemon, createAndStart(daemon, pod, config));
        var answer = pull(registry.host() + "/" + told, password("right"));

        assertThat(answer).contains(told);
        assertThat(filesWith(told))
                .contains("log", "logs/told/c.log")
                .anyMatch(file -> file.matches("root/snapshots/[0-9a-f]{64}/upper/file"));
    }

    @Test
    void shouldNotQuoteAProxyThatIsNoAddress() throws Exception {
        var builder =
                new ProcessBuilder(
                        Path.of("../bin/demitasse").toString(),
                        "serve",
                        "--listen=unix://" + directory.resolve("other/s"),
                        "--root=" + directory.resolve("other/root"),
                        "--state=" + directory.resolve("other/state"),
                        "--cgroup-root=" + daemon.cgroup().resolve("other"));
        builder.environment().put("HTTP_PROXY", "http://me:" + MARK + " proxy@host");
        var said = directory.resolve("other.log");
        var process = builder.redirectErrorStream(true).redirectOutput(said.toFile()).start();
        boolean ended = process.waitFor(60, TimeUnit.SECONDS);
        process.destroyForcibly().waitFor();
        var output = Files.readString(said);

        assertThat(ended).as(output).isTrue();
        assertThat(process.exitValue()).isNotZero();
        assertThat(output)
                .contains("http_proxy is not the address of a proxy")
                .doesNotContain(MARK);
    }
}
