package io.demitasse.perf.garbage;

import io.demitasse.cri.v1.ContainerMetadata;
import io.demitasse.cri.v1.CreateContainerRequest;
import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.PullImageRequest;
import io.demitasse.cri.v1.RemoveContainerRequest;
import io.demitasse.cri.v1.RemoveImageRequest;
import io.demitasse.cri.v1.RemovePodSandboxRequest;
import io.demitasse.cri.v1.RunPodSandboxRequest;
import io.demitasse.perf.CriClient;
import io.demitasse.perf.Machine;
import io.demitasse.perf.Network;
import io.demitasse.perf.Percentiles;
import io.demitasse.perf.PodTemplate;
import io.demitasse.perf.process.ProcFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Question: does deleting images slow down those who create containers?
 *
 * <p>In each round as many containers are created while nothing else happens as while images are
 * being deleted, by a client that asks for one after the other without waiting in between.
 */
@Command(
        name = "perf/garbage",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Times CreateContainer on an idle runtime and while images are deleted.")
public final class Garbage implements Callable<Integer> {
    @Option(names = "--endpoint", required = true, description = "CRI socket: unix://PATH or PATH")
    private String endpoint = "";

    @Option(names = "--image", required = true, description = "what containers are created from")
    private String image = "";

    @Option(names = "--images", description = "images to delete (default: ${DEFAULT-VALUE})")
    private int images = 100;

    @Option(names = "--files", description = "files in each (default: ${DEFAULT-VALUE})")
    private int files = 500;

    @Option(names = "--containers", description = "to create (default: ${DEFAULT-VALUE})")
    private int containers = 100;

    @Option(names = "--rounds", description = "idle, then deleting (default: ${DEFAULT-VALUE})")
    private int rounds = 3;

    private final List<Duration> idle = new ArrayList<>();
    private final List<Duration> deleting = new ArrayList<>();
    private final List<Duration> deletions = new ArrayList<>();

    /** Runs the command. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Garbage()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        var before = Machine.now(new ProcFiles(Path.of("/proc")));
        try (var client = new CriClient(endpoint);
                var registry = ImageRegistry.start(files);
                var other = Executors.newSingleThreadExecutor()) {
            create(client, new ArrayList<>()); // the code paths are compiled, files are cached
            for (int i = 0; i < rounds; i++) {
                round(client, registry, other);
            }
        }
        report(before);
        return 0;
    }

    private void round(CriClient client, ImageRegistry registry, ExecutorService other)
            throws IOException, InterruptedException, ExecutionException {
        for (int i = 0; i < images; i++) {
            var spec = ImageSpec.newBuilder().setImage(registry.image(i));
            var _ = client.images().pullImage(PullImageRequest.newBuilder().setImage(spec).build());
        }
        create(client, idle);
        Future<?> removal = other.submit(() -> removeImages(client, registry));
        create(client, deleting);
        removal.get();
    }

    private void removeImages(CriClient client, ImageRegistry registry) {
        for (int i = 0; i < images; i++) {
            var spec = ImageSpec.newBuilder().setImage(registry.image(i));
            long start = System.nanoTime();
            var _ =
                    client.images()
                            .removeImage(RemoveImageRequest.newBuilder().setImage(spec).build());
            deletions.add(Duration.ofNanos(System.nanoTime() - start));
        }
    }

    /** Creates containers in a pod of their own, and removes them when all were timed. */
    private void create(CriClient client, List<Duration> times) throws IOException {
        var logs = Files.createTempDirectory("perf-garbage");
        long run = System.nanoTime() % 1_000_000;
        var template = new PodTemplate(run, client.image(image), Network.POD, "", logs);
        var config = template.pod(0);
        var pod =
                client.runtime()
                        .runPodSandbox(RunPodSandboxRequest.newBuilder().setConfig(config).build())
                        .getPodSandboxId();
        try {
            for (int i = 0; i < containers; i++) {
                var container =
                        template.container().toBuilder()
                                .setMetadata(ContainerMetadata.newBuilder().setName("c" + i));
                var request =
                        CreateContainerRequest.newBuilder()
                                .setPodSandboxId(pod)
                                .setConfig(container)
                                .setSandboxConfig(config)
                                .build();
                long start = System.nanoTime();
                var created = client.runtime().createContainer(request);
                times.add(Duration.ofNanos(System.nanoTime() - start));
                var _ =
                        client.runtime()
                                .removeContainer(
                                        RemoveContainerRequest.newBuilder()
                                                .setContainerId(created.getContainerId())
                                                .build());
            }
        } finally {
            var _ =
                    client.runtime()
                            .removePodSandbox(
                                    RemovePodSandboxRequest.newBuilder()
                                            .setPodSandboxId(pod)
                                            .build());
            delete(logs);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (var found = Files.walk(directory)) {
            for (var each : found.toList().reversed()) {
                Files.deleteIfExists(each);
            }
        }
    }

    private void report(Machine before) {
        var after = Machine.now(new ProcFiles(Path.of("/proc")));
        System.out.printf(
                "%d rounds of %d containers and %d images of %d files each%n",
                rounds, containers, images, files);
        System.out.printf(
                "kernel %s, %d processors, load %s before and %s after%n%n",
                after.kernel(), after.processors(), before.load(), after.load());
        System.out.printf("%-30s%9s%9s%9s%9s%n", "ms", "p50", "p90", "p99", "max");
        var alone = print("CreateContainer, idle", idle);
        var busy = print("CreateContainer, deleting", deleting);
        print("RemoveImage", deletions);
        System.out.printf(
                "%np99 deleting / idle %18.2f%n",
                (double) busy.ninetyNinth().toNanos() / alone.ninetyNinth().toNanos());
    }

    private static Percentiles print(String what, List<Duration> times) {
        var percentiles = Percentiles.of(times);
        System.out.printf(
                "%-30s%9.2f%9.2f%9.2f%9.2f%n",
                what,
                millis(percentiles.median()),
                millis(percentiles.ninetieth()),
                millis(percentiles.ninetyNinth()),
                millis(percentiles.maximum()));
        return percentiles;
    }

    private static double millis(Duration duration) {
        return duration.toNanos() / 1e6;
    }
}
