package io.demitasse.conformance.daemon;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.admin.v1.AdminGrpc;
import io.demitasse.admin.v1.LoadRequest;
import io.demitasse.cri.v1.ImageServiceGrpc;
import io.demitasse.cri.v1.ListPodSandboxRequest;
import io.demitasse.cri.v1.RemovePodSandboxRequest;
import io.demitasse.cri.v1.RuntimeServiceGrpc;
import io.demitasse.cri.v1.VersionRequest;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A daemon of the distribution in a process of its own, with directories and a network of its own.
 */
final class RunningDaemon {
    static final String IMAGE = "localhost/busybox:latest";

    private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int MAX_ANSWER_BYTES = 64 << 20;
    private static final AtomicInteger INSTANCES = new AtomicInteger();

    private final EventLoopGroup network =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final int instance = INSTANCES.incrementAndGet();
    private final Path directory;
    private final Map<String, String> environment;
    private final List<String> wrapper;
    private String javaOptions = "";
    private Process process;
    private ManagedChannel channel;

    private RunningDaemon(
            Path directory,
            int readyPods,
            String settings,
            Map<String, String> environment,
            List<String> wrapper)
            throws IOException {
        this.directory = directory;
        this.environment = environment;
        this.wrapper = wrapper;
        Files.writeString(
                directory.resolve("config.toml"),
                (settings.contains("log_level") ? "" : "log_level = \"debug\"\n")
                        + "network.bridge = \"demitest%d\"%n".formatted(instance)
                        + "network.subnet = \"10.99.%d.0/24\"%n".formatted(instance)
                        + "network.ready_pods = %d%n".formatted(readyPods)
                        + settings);
        process = launch();
        channel = dial();
        awaitAnswer();
    }

    /** Starts a daemon with an image of busybox; it makes no pod before it is asked for one. */
    static RunningDaemon start(Path directory) throws IOException, InterruptedException {
        return start(directory, 0);
    }

    /** As above, with so many pods made ahead. */
    static RunningDaemon start(Path directory, int readyPods)
            throws IOException, InterruptedException {
        return start(directory, readyPods, "");
    }

    /** As above, with more of the configuration file. */
    static RunningDaemon start(Path directory, int readyPods, String settings)
            throws IOException, InterruptedException {
        return start(directory, readyPods, settings, Map.of());
    }

    /** As above, with more in its environment. */
    static RunningDaemon start(
            Path directory, int readyPods, String settings, Map<String, String> environment)
            throws IOException, InterruptedException {
        return start(directory, readyPods, settings, environment, List.of());
    }

    /** As the first, started by a command that changes itself and then runs the daemon. */
    static RunningDaemon startUnder(Path directory, List<String> wrapper)
            throws IOException, InterruptedException {
        return start(directory, 0, "", Map.of(), wrapper);
    }

    private static RunningDaemon start(
            Path directory,
            int readyPods,
            String settings,
            Map<String, String> environment,
            List<String> wrapper)
            throws IOException, InterruptedException {
        assumeTrue(
                Files.exists(CGROUPS.resolve("cgroup.controllers")),
                "needs a cgroup2 at /sys/fs/cgroup: run ./test");
        var daemon = new RunningDaemon(directory, readyPods, settings, environment, wrapper);
        daemon.loadImage();
        return daemon;
    }

    RuntimeServiceGrpc.RuntimeServiceBlockingStub runtime() {
        return RuntimeServiceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
    }

    ImageServiceGrpc.ImageServiceBlockingStub images() {
        return ImageServiceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
    }

    AdminGrpc.AdminBlockingStub admin() {
        return AdminGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
    }

    /** Waits for it to end by itself; returns the exit code. */
    int awaitEnd() throws InterruptedException {
        int exitCode = process.waitFor();
        channel.shutdownNow();
        return exitCode;
    }

    /** What it has written so far. */
    String log() throws IOException {
        return Files.readString(directory.resolve("log"));
    }

    long pid() {
        return process.pid();
    }

    Path directory() {
        return directory;
    }

    Path state() {
        return directory.resolve("state");
    }

    Path root() {
        return directory.resolve("root");
    }

    Path cgroup() {
        return CGROUPS.resolve("demitest" + instance);
    }

    Path logs() {
        return directory.resolve("logs");
    }

    String bridge() {
        return "demitest" + instance;
    }

    /** The address by which its pods reach the node. */
    String gateway() {
        return "10.99.%d.1".formatted(instance);
    }

    String table() {
        return "demitasse_" + bridge();
    }

    /** SIGKILL: nothing of the daemon's own runs any more. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
        channel.shutdownNow();
    }

    /** SIGTERM: a clean stop; returns the exit code. */
    int terminate() throws InterruptedException {
        process.destroy();
        channel.shutdownNow();
        return process.waitFor();
    }

    /** Starts the daemon again on the same directories. */
    void restart() throws IOException {
        process = launch();
        channel = dial();
        awaitAnswer();
    }

    /** Removes all that it made, and ends it. */
    void close() throws IOException, InterruptedException {
        removeAllPods();
        terminate();
        run(List.of("ip", "link", "delete", bridge()));
        run(List.of("nft", "delete", "table", "ip", table()));
        run(List.of("nft", "delete", "table", "ip6", table()));
        run(List.of("umount", "--lazy", state().resolve("sandboxes").toString()));
        network.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        try (var groups = Files.walk(cgroup())) {
            for (var group : groups.sorted(Comparator.reverseOrder()).toList()) {
                if (Files.isDirectory(group)) {
                    deleteOnceEmpty(group);
                }
            }
        }
    }

    /** The spawner ends with its daemon, and a moment after it. */
    private static void deleteOnceEmpty(Path group) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (Files.readString(group.resolve("cgroup.events")).contains("populated 1")
                && System.nanoTime() < deadline) {
            LockSupport.parkNanos(1_000_000);
        }
        Files.delete(group);
    }

    void removeAllPods() {
        for (var pod :
                runtime()
                        .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
                        .getItemsList()) {
            runtime()
                    .removePodSandbox(
                            RemovePodSandboxRequest.newBuilder()
                                    .setPodSandboxId(pod.getId())
                                    .build());
        }
    }

    /** Gives the next daemon these options for its JVM. */
    void useJavaOptions(String options) {
        javaOptions = options;
    }

    private Process launch() throws IOException {
        Files.createDirectories(cgroup());
        var command = new ArrayList<>(wrapper);
        command.addAll(
                List.of(
                        REPOSITORY.resolve("bin/demitasse").toString(),
                        "serve",
                        "--listen=unix://" + socket(),
                        "--root=" + root(),
                        "--state=" + state(),
                        "--cgroup-root=" + cgroup(),
                        "--config=" + directory.resolve("config.toml")));
        var builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(
                                ProcessBuilder.Redirect.appendTo(
                                        directory.resolve("log").toFile()));
        builder.environment().putAll(environment);
        if (!javaOptions.isEmpty()) {
            builder.environment().put("DEMITASSE_JAVA_OPTIONS", javaOptions);
        }
        return builder.start();
    }

    Path socket() {
        return directory.resolve("s");
    }

    /** Another connection; the caller shuts it down. */
    ManagedChannel dial() {
        return NettyChannelBuilder.forAddress(new DomainSocketAddress(socket().toFile()))
                .eventLoopGroup(network)
                .channelType(EpollDomainSocketChannel.class)
                .overrideAuthority("localhost")
                .maxInboundMessageSize(MAX_ANSWER_BYTES)
                .usePlaintext()
                .build();
    }

    private void awaitAnswer() throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline && process.isAlive()) {
            try {
                runtime().version(VersionRequest.getDefaultInstance());
                return;
            } catch (StatusRuntimeException notYet) {
                channel.resetConnectBackoff();
                LockSupport.parkNanos(1_000_000);
            }
        }
        throw new IOException(
                "the daemon does not answer; its log:\n"
                        + Files.readString(directory.resolve("log")));
    }

    void loadImage() throws IOException, InterruptedException {
        var layout = directory.resolve("busybox");
        run(List.of(REPOSITORY.resolve("bin/busybox-image").toString(), layout.toString(), IMAGE));
        admin().load(LoadRequest.newBuilder().setPath(layout.toString()).setName(IMAGE).build());
    }

    static String run(List<String> command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}
