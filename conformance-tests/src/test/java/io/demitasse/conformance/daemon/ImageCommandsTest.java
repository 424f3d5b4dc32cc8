package io.demitasse.conformance.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The everyday commands about images, as a user types them, with real registries and skopeo. */
@Timeout(240)
class ImageCommandsTest {
    private static final Path COMMAND =
            Path.of("..").toAbsolutePath().normalize().resolve("bin/demitasse");

    private static final byte[] CONFIG =
            "{\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[\"sha256:%s\"]}}"
                    .formatted("0".repeat(64))
                    .getBytes(UTF_8);

    @TempDir static Path directory;
    private static RunningDaemon daemon;
    private static LocalRegistry plain;
    private static LocalRegistry secure;
    private static String id; // of the one image that is there from the start

    /** What a command printed, and how it ended. */
    private record Result(int exitCode, String out, String err) {}

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(LocalRegistry.isInstalled(), "needs docker-registry and skopeo: run ./test");
        daemon = RunningDaemon.start(Files.createDirectory(directory.resolve("daemon")));
        plain = LocalRegistry.plain(Files.createDirectory(directory.resolve("plain")));
        secure = LocalRegistry.secure(Files.createDirectory(directory.resolve("secure")));
        configure();
        daemon.terminate();
        daemon.restart();
        id = succeed("images", "--quiet").out().strip();
    }

    /** The daemon's own credentials and registries, apart from the machine's. */
    private static void configure() throws IOException {
        var certs = Files.createDirectories(directory.resolve("certs.d").resolve(secure.host()));
        Files.writeString(
                certs.resolve("hosts.toml"),
                "server = \"https://%s\"%nca = \"%s\"%n"
                        .formatted(secure.host(), secure.authority()));
        Files.writeString(
                directory.resolve("registries.conf"),
                "[[registry]]\nprefix = \"blocked.example\"\nblocked = true\n");
        Files.writeString(
                daemon.directory().resolve("config.toml"),
                """
                [registry]
                config_path = "%s"
                registries_conf = "%s"
                auth_file = "%s"
                [metrics]
                listen = "127.0.0.1:0"
                """
                        .formatted(
                                directory.resolve("certs.d"),
                                directory.resolve("registries.conf"),
                                authFile()),
                StandardOpenOption.APPEND);
    }

    private static Path authFile() {
        return directory.resolve("etc/auth.json");
    }

    @AfterAll
    static void stop() throws Exception {
        if (daemon != null) {
            daemon.close();
        }
        for (var registry : new LocalRegistry[] {plain, secure}) {
            if (registry != null) {
                registry.close();
            }
        }
    }

    private static Result demitasse(String... arguments) throws Exception {
        return demitasse("", List.of(arguments));
    }

    private static Result demitasse(String input, List<String> arguments) throws Exception {
        var command = new ArrayList<>(List.of(COMMAND.toString()));
        command.addAll(arguments);
        command.add("--listen=" + daemon.directory().resolve("s"));
        var error = Files.createTempFile(directory, "stderr", "");
        var process = new ProcessBuilder(command).redirectError(error.toFile()).start();
        try (var in = process.getOutputStream()) {
            in.write(input.getBytes(UTF_8));
        }
        var out = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Result(process.waitFor(), out, Files.readString(error));
    }

    private static Result succeed(String... arguments) throws Exception {
        var result = demitasse(arguments);
        assertThat(result.exitCode()).as("%s", result).isZero();
        return result;
    }

    private static String skopeo(String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("skopeo"));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void shouldTagPushRemoveAndPullAgain() throws Exception {
        var name = plain.host() + "/team/box:1";

        assertThat(succeed("tag", RunningDaemon.IMAGE, name).out()).isEqualTo(name + "\n");
        var pushed = succeed("push", name);
        assertThat(pushed.out()).contains(" sent ").contains(name + " sha256:");
        assertThat(skopeo("inspect", "--tls-verify=false", "docker://" + name))
                .contains("\"Layers\"");

        assertThat(succeed("push", "--quiet", plain.host() + "/other/box:1", name).out())
                .startsWith("sha256:");
        assertThat(succeed("rmi", name).out()).contains("untagged " + name, "removed " + id);
        var pulled = succeed("pull", name);
        assertThat(pulled.out()).endsWith(name + " " + id + "\n");
        succeed("tag", name, RunningDaemon.IMAGE);

        var json = succeed("images", "--json", "--digests").out();
        assertThat(json).contains("\"" + name + "\"", plain.host() + "/team/box@sha256:", id);
        assertThat(succeed("images").out()).contains("NAME", name, " MB");
        assertThat(succeed("images", "--pulling").out()).startsWith("NAME");
    }

    @Test
    void shouldLogInBeforePushingToAPrivateRegistry() throws Exception {
        var name = secure.host() + "/private/box:1";
        succeed("tag", RunningDaemon.IMAGE, name);

        var refused = demitasse("push", name);
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).contains("without credentials").hasLineCount(1);

        var login = List.of("login", secure.host(), "-u", "me", "--password-stdin");
        var wrong = demitasse("guess\n", login);
        assertThat(wrong.exitCode()).isEqualTo(1);
        assertThat(wrong.err()).contains("refuses this name and password").hasLineCount(1);
        assertThat(authFile()).doesNotExist();

        var right = demitasse("secret\n", login);
        assertThat(right.exitCode()).as("%s", right).isZero();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(authFile())))
                .isEqualTo("rw-------");
        succeed("push", name);
        var explained = succeed("image", "explain", name).out();
        assertThat(explained)
                .contains("https://" + secure.host() + " (registry)")
                .contains("hosts.toml")
                .contains("credentials  " + authFile())
                .contains("answered     200 sha256:")
                .doesNotContain("secret");

        assertThat(succeed("logout", secure.host()).out()).contains(authFile().toString());
        assertThat(demitasse("logout", secure.host()).exitCode()).isEqualTo(1);
        assertThat(demitasse("image", "explain", name).out())
                .contains("credentials  none")
                .contains("answered     401");
        // one for this pull only
        var once = demitasse("secret\n", List.of("pull", name, "-u", "me", "--password-stdin"));
        assertThat(once.exitCode()).as("%s", once).isZero();
    }

    @Test
    void shouldExplainShortBlockedAndMissingNames() throws Exception {
        var blocked = demitasse("image", "explain", "blocked.example/app:1");
        assertThat(blocked.exitCode()).isEqualTo(1);
        assertThat(blocked.out()).contains("registries.conf").contains("is blocked");

        var missing = demitasse("image", "explain", plain.host() + "/no/such:1");
        assertThat(missing.exitCode()).isEqualTo(1);
        assertThat(missing.out()).contains("404").contains("a pull would fail");

        // this network has no way out
        var hub = demitasse("image", "explain", "busybox");
        assertThat(hub.out())
                .contains("busybox means docker.io/library/busybox:latest")
                .contains("short names are not searched")
                .contains("https://registry-1.docker.io");
    }

    @Test
    void shouldSaveToAFileAndToAPipe() throws Exception {
        var file = directory.resolve("box.tar");
        succeed("save", "--output", file.toString(), RunningDaemon.IMAGE);
        var piped = demitasse("save", RunningDaemon.IMAGE);

        assertThat(piped.exitCode()).isZero();
        assertThat(skopeo("inspect", "oci-archive:" + file)).contains("\"Layers\"");
        assertThat(Path.of(file + ".part")).doesNotExist();
        assertThat(succeed("load", file.toString()).out())
                .contains(id)
                .contains(RunningDaemon.IMAGE);

        var missing = demitasse("save", "-o", file + "2", "no-such-image");
        assertThat(missing.exitCode()).isEqualTo(1);
        assertThat(missing.err()).isEqualTo("demitasse: no image \"no-such-image\" here\n");
        assertThat(Path.of(file + "2")).doesNotExist();
    }

    @Test
    void shouldLoadWhatComesOnStandardInput() throws Exception {
        var file = directory.resolve("piped.tar");
        succeed("save", "--output", file.toString(), RunningDaemon.IMAGE);
        var listen = " --listen=" + daemon.directory().resolve("s");
        var script =
                "cd / && %s load - piped:1%s <%s && gzip <%s | %s load -%s"
                        .formatted(COMMAND, listen, file, file, COMMAND, listen);
        var process =
                new ProcessBuilder("sh", "-c", script)
                        .redirectErrorStream(true)
                        .redirectInput(Path.of("/dev/null").toFile())
                        .start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);

        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).contains(id, "docker.io/library/piped:1", RunningDaemon.IMAGE);

        var garbage = demitasse("this is no archive", List.of("load", "-"));
        assertThat(garbage.exitCode()).isEqualTo(1);
        assertThat(garbage.err()).startsWith("demitasse: ").contains("standard input");
        var nothing = demitasse("", List.of("load", "-"));
        assertThat(nothing.exitCode()).isEqualTo(1);
    }

    @Test
    void shouldFindAndRepairWhatWasDamaged() throws Exception {
        var name = plain.host() + "/check/box:1";
        var other = Files.createDirectories(directory.resolve("rootfs/etc"));
        Files.writeString(other.resolve("only-here"), "unchanged");
        RunningDaemon.run(
                List.of(
                        "sh",
                        "-c",
                        "cd %s && umoci init --layout l && umoci new --image l:1 && umoci insert --image l:1 rootfs/etc /etc"
                                .formatted(directory)));
        skopeo(
                "copy",
                "--insecure-policy",
                "--dest-tls-verify=false",
                "oci:" + directory.resolve("l") + ":1",
                "docker://" + name);
        succeed("pull", name);
        assertThat(succeed("image", "check").out()).contains(" 0 bad");

        Path damaged;
        try (var files = Files.walk(daemon.root().resolve("layers"))) {
            damaged =
                    files.filter(each -> each.endsWith("etc/only-here")).findFirst().orElseThrow();
        }
        Files.writeString(damaged, "unchAnged");
        var bad = demitasse("image", "check");
        assertThat(bad.exitCode()).isEqualTo(1);
        assertThat(bad.out())
                .contains("bad layer sha256:", name)
                .contains("  etc/only-here has other contents")
                .contains(" 1 bad");

        assertThat(succeed("image", "check", "--repair").out()).contains("repaired layer sha256:");
        assertThat(damaged).hasContent("unchanged");
        assertThat(succeed("image", "check").out()).contains(" 0 bad, 0 repaired");
    }

    /** Half of a layer comes, and the rest when somebody has looked. */
    @Test
    void shouldShowAPullThatIsUnderWay() throws Exception {
        var released = new CountDownLatch(1);
        var layer = new byte[100_000];
        var manifest =
                """
                {"schemaVersion":2,"config":{"digest":"%s","size":%d},"layers":[{"digest":"%s","size":%d}]}
                """
                        .formatted(digest(CONFIG), CONFIG.length, digest(layer), layer.length)
                        .getBytes(UTF_8);
        var server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        try (var executor = Executors.newCachedThreadPool()) {
            server.setExecutor(executor);
            server.createContext("/v2/slow/manifests/latest", exchange -> give(exchange, manifest));
            server.createContext(
                    "/v2/slow/blobs/" + digest(CONFIG), exchange -> give(exchange, CONFIG));
            server.createContext(
                    "/v2/slow/blobs/" + digest(layer),
                    exchange -> {
                        try (exchange) {
                            exchange.sendResponseHeaders(200, layer.length);
                            exchange.getResponseBody().write(layer, 0, layer.length / 2);
                            exchange.getResponseBody().flush();
                            released.await();
                            exchange.getResponseBody().write(layer, 0, layer.length / 2);
                        } catch (InterruptedException interrupted) {
                            Thread.currentThread().interrupt();
                        }
                    });
            server.start();
            var name = "127.0.0.1:" + server.getAddress().getPort() + "/slow:latest";
            var pulling = executor.submit(() -> demitasse("pull", name));
            Eventually.equal(
                    true,
                    () ->
                            demitasse("images", "--pulling")
                                    .out()
                                    .matches(
                                            "(?s).*"
                                                    + name
                                                    + " +sha256:.* downloading +50.0 kB.*"));
            released.countDown();
            // all zeros is an archive, though not the one that the config names
            assertThat(pulling.get().err()).contains("the unpacked layer is");
        } finally {
            released.countDown();
            server.stop(0);
        }
    }

    private static void give(HttpExchange exchange, byte[] content) throws IOException {
        try (exchange) {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content);
        }
    }

    private static String digest(byte[] content) throws Exception {
        var hash = MessageDigest.getInstance("SHA-256").digest(content);
        return "sha256:" + HexFormat.of().formatHex(hash);
    }

    @Test
    void shouldTellMetrics() throws Exception {
        var line =
                Files.readString(daemon.directory().resolve("log"))
                        .lines()
                        .filter(each -> each.contains("metrics listen="))
                        .reduce((_, last) -> last)
                        .orElseThrow();
        var address = line.replaceFirst(".*listen=", "").strip();
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create("http://" + address + "/metrics"));
            var answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body())
                    .contains("# TYPE demitasse_pull_bytes_total counter")
                    .containsPattern("demitasse_pulls_total\\{result=\"success\"} [0-9]+\n")
                    .containsPattern("demitasse_images [1-9]");
        }
    }

    @Test
    void shouldSayWhatIsWrongInOneLine() throws Exception {
        for (var wrong :
                List.of(
                        List.of("rmi", "nothing-like-it"),
                        List.of("tag", "nothing-like-it", "a:1"),
                        List.of("tag", RunningDaemon.IMAGE, "NOT/A name"),
                        List.of("push", plain.host() + "/nothing:1"),
                        List.of("pull", plain.host() + "/no/such:1"),
                        List.of("pull", "UPPER/case case"),
                        List.of("login", "word", "-u", "me", "--password-stdin"))) {
            var result = demitasse("x\n", wrong);

            assertThat(result.exitCode()).as("%s: %s", wrong, result).isEqualTo(1);
            assertThat(result.err()).as("%s", wrong).startsWith("demitasse: ").hasLineCount(1);
        }
    }
}
