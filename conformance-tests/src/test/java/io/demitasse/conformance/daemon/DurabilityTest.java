package io.demitasse.conformance.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.admin.v1.CheckRequest;
import io.demitasse.admin.v1.CheckResponse;
import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.PullImageRequest;
import io.demitasse.cri.v1.RemoveContainerRequest;
import io.demitasse.cri.v1.RemoveImageRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** In which order things reach the device, as the kernel was asked for it. */
@Timeout(600)
class DurabilityTest {
    private static final Path STRACE = Path.of("/usr/bin/strace");

    @TempDir Path directory;

    private RunningDaemon daemon;

    @BeforeEach
    void startDaemon() throws Exception {
        assumeTrue(Files.exists(STRACE), "needs strace");
        daemon = RunningDaemon.start(directory);
    }

    @AfterEach
    void stopDaemon() throws Exception {
        if (daemon != null) {
            daemon.close();
        }
    }

    /** Runs something while the daemon's calls are written down; those of interest, in order. */
    private List<String> traced(Action action) throws Exception {
        var output = directory.resolve("trace");
        var strace =
                new ProcessBuilder(
                                STRACE.toString(),
                                "--decode-fds=path",
                                "--string-limit=200",
                                "-f",
                                "-o",
                                output.toString(),
                                "-e",
                                "trace=syncfs,fsync,renameat2,unlinkat,unlink,rmdir",
                                "-p",
                                Long.toString(daemon.pid()))
                        .redirectErrorStream(true)
                        .start();
        try (var said = strace.inputReader()) {
            assertThat(said.readLine()).contains("attached");
            action.run();
        } finally {
            strace.destroy();
            strace.waitFor();
        }
        return completed(Files.readAllLines(output));
    }

    private interface Action {
        void run() throws Exception;
    }

    /** A call that another thread interrupted stands in two lines: it is done with the second. */
    private static List<String> completed(List<String> lines) {
        var unfinished = new java.util.HashMap<String, String>();
        var calls = new java.util.ArrayList<String>();
        for (var line : lines) {
            var thread = line.split(" ", 2)[0];
            if (line.endsWith("<unfinished ...>")) {
                unfinished.put(thread, line.replace("<unfinished ...>", ""));
            } else if (line.contains(" resumed>")) {
                var rest = line.substring(line.indexOf(" resumed>") + " resumed>".length());
                // strace(1) fills such lines up with spaces
                calls.add((unfinished.remove(thread) + rest).replaceAll(" *\\) +=", ") ="));
            } else {
                calls.add(line);
            }
        }
        return calls;
    }

    private static void assertOrder(List<String> calls, String... patterns) {
        int from = 0;
        for (var each : patterns) {
            var pattern = Pattern.compile(each);
            int at = from;
            while (at < calls.size() && !pattern.matcher(calls.get(at)).find()) {
                at++;
            }
            assertThat(at)
                    .as("%s, after call %d of:%n%s", each, from, String.join("\n", calls))
                    .isLessThan(calls.size());
            from = at + 1;
        }
    }

    @Test
    void shouldPutEachStepOnTheDeviceBeforeTheNext() throws Exception {
        var spec = ImageSpec.newBuilder().setImage(RunningDaemon.IMAGE);
        daemon.images().removeImage(RemoveImageRequest.newBuilder().setImage(spec).build());

        var calls = traced(daemon::loadImage);

        assertOrder(
                calls,
                "renameat2\\(.*\"unpack-.*/layers>, .* = 0",
                "syncfs\\(.*/layers>\\) = 0",
                "fsync\\(.*/content/sha256/.*\\) = 0",
                "renameat2\\(.*/content/sha256>, .* = 0",
                "fsync\\(.*/content/sha256>\\) = 0",
                "fsync\\(.*/images/.*\\.json.*\\) = 0",
                "renameat2\\(.*/images>, .*\\.json\".* = 0",
                "fsync\\(.*/images>\\) = 0");
    }

    @Test
    void shouldForgetTheRecordBeforeWhatItNames() throws Exception {
        var spec = ImageSpec.newBuilder().setImage(RunningDaemon.IMAGE);

        var calls =
                traced(() ->
                        daemon.images()
                                .removeImage(
                                        RemoveImageRequest.newBuilder().setImage(spec).build()));

        assertOrder(
                calls,
                "unlinkat\\(.*/images>, .*\\.json\", 0\\) = 0",
                "fsync\\(.*/images>\\) = 0",
                "renameat2\\(.*/layers>, .*\"removed-.* = 0");
        try (var layers = Files.list(daemon.root().resolve("layers"))) {
            assertThat(layers).isEmpty();
        }
    }

    /** What has no record is removed at the next start; what has one is promised to be there. */
    @Test
    void shouldForgetTheRecordOfAContainerBeforeWhatBelongsToIt() throws Exception {
        var pod = Requests.run(daemon, Requests.pod(daemon, "order"));
        var id = Requests.createAndStart(daemon, pod, Requests.container("c", "true"));
        Requests.awaitExit(daemon, id);
        var request = RemoveContainerRequest.newBuilder().setContainerId(id).build();

        var calls = traced(() -> daemon.runtime().removeContainer(request));

        var record = "unlink\\(\"" + daemon.root() + "/containers/" + id + "/record\"\\) = 0";
        var state = daemon.state() + "/containers/" + id;
        var snapshot = "snapshots.*" + id;
        assertOrder(calls, record, "unlink\\(\"" + state + "/exit\"\\) = 0", snapshot);
        for (var other : List.of(state, snapshot)) {
            assertThat(calls.indexOf(first(calls, other)))
                    .as("%s in %s", other, calls)
                    .isGreaterThan(calls.indexOf(first(calls, record)));
        }
        daemon.removeAllPods();
    }

    private static String first(List<String> calls, String pattern) {
        var matching = Pattern.compile(pattern).asPredicate();
        return calls.stream().filter(matching).findFirst().orElseThrow();
    }

    /**
     * The bad layer is gone once the good one has its place: by then that must be on the device.
     */
    @Test
    void shouldPutARepairedLayerOnTheDeviceBeforeItTakesItsPlace() throws Exception {
        assumeTrue(LocalRegistry.isInstalled(), "needs docker-registry and skopeo");
        try (var registry =
                LocalRegistry.plain(Files.createDirectory(directory.resolve("registry")))) {
            var name = registry.host() + "/box:1";
            RunningDaemon.run(
                    List.of(
                            "skopeo",
                            "copy",
                            "--insecure-policy",
                            "--dest-tls-verify=false",
                            "oci:" + directory.resolve("busybox"),
                            "docker://" + name));
            var spec = ImageSpec.newBuilder().setImage(RunningDaemon.IMAGE);
            daemon.images().removeImage(RemoveImageRequest.newBuilder().setImage(spec).build());
            daemon.images()
                    .pullImage(
                            PullImageRequest.newBuilder()
                                    .setImage(ImageSpec.newBuilder().setImage(name))
                                    .build());
            damageOneFile();

            var calls = traced(this::repairAll);

            assertOrder(
                    calls,
                    "syncfs\\(.*/ingest.*\\) = 0",
                    "renameat2\\(.*/layers.*RENAME_EXCHANGE\\) = 0");
        }
    }

    private void damageOneFile() throws IOException {
        try (var files = Files.walk(daemon.root().resolve("layers"))) {
            var file = files.filter(each -> each.endsWith("etc/passwd")).findFirst().orElseThrow();
            Files.writeString(file, Files.readString(file).replace('r', 'R'));
        }
    }

    private void repairAll() {
        var answers = daemon.admin().check(CheckRequest.newBuilder().setRepair(true).build());
        assertThat(answers)
                .toIterable()
                .extracting(CheckResponse::getVerdict)
                .contains(CheckResponse.Verdict.REPAIRED);
    }
}
