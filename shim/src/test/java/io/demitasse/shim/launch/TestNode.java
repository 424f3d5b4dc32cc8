package io.demitasse.shim.launch;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.Fd;
import io.demitasse.linux.cgroup.Cgroup;
import io.demitasse.linux.cgroup.CgroupHierarchy;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.linux.io.Pipe;
import io.demitasse.linux.mount.DetachedMount;
import io.demitasse.shim.Program;
import io.demitasse.shim.container.ContainerMount;
import io.demitasse.shim.container.ContainerPlan;
import io.demitasse.shim.container.ContainerSpec;
import io.demitasse.shim.container.ExecPlan;
import io.demitasse.shim.container.ExecSpec;
import io.demitasse.shim.container.Namespaces;
import io.demitasse.shim.container.PidNamespace;
import io.demitasse.shim.container.ProcessSpec;
import io.demitasse.shim.container.StandardPaths;
import io.demitasse.shim.plan.StandardStream;
import io.demitasse.shim.plan.StandardStreams;
import io.demitasse.shim.protocol.ExitStatus;
import io.demitasse.shim.protocol.ShimConnection;
import io.demitasse.shim.protocol.ShimMessage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/** A spawner, a root file system of busybox, and the containers that a test starts with them. */
final class TestNode implements AutoCloseable {
    static final List<String> ENVIRONMENT = List.of("PATH=/bin");
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Path directory;
    private final Path rootfs;
    private final List<Container> containers =
            java.util.Collections.synchronizedList(new ArrayList<>());
    private final Spawner spawner;

    /** A container that was started, and where its files are. */
    record Container(Launched launched, Cgroup cgroup, Path directory, Path log) {
        ShimConnection connection() {
            return launched.connection();
        }

        String logText() throws IOException {
            return Files.readString(log);
        }

        /** Waits for the exit, then for the end of the shim. */
        ExitStatus awaitExit() throws IOException {
            var status = TestNode.awaitExit(connection());
            var end = connection().receive(PATIENCE);
            if (!end.equals(Optional.of(new ShimMessage.Disconnected()))) {
                throw new AssertionError("shim goes on after the exit: " + end);
            }
            return status;
        }
    }

    /** What a process in a container wrote, and how it ended. */
    record Output(String text, ExitStatus status) {}

    private TestNode(Path directory, Path rootfs, Spawner spawner) {
        this.directory = directory;
        this.rootfs = rootfs;
        this.spawner = spawner;
    }

    static TestNode start(Path directory) throws Exception {
        assumeTrue(
                CgroupHierarchy.SYSTEM.isUnified()
                        && Files.isWritable(CgroupHierarchy.SYSTEM.root()),
                "needs a writable cgroup2 at /sys/fs/cgroup: run ./test");
        var busybox = Path.of("/bin/busybox");
        assumeTrue(Files.exists(busybox), "needs /bin/busybox of busybox-static");
        var rootfs = directory.resolve("rootfs");
        Files.createDirectories(rootfs.resolve("bin"));
        Files.copy(busybox, rootfs.resolve("bin/busybox"));
        for (var applet : Program.run(List.of("/bin/busybox", "--list")).text().split("\n", -1)) {
            if (!applet.isEmpty() && !applet.equals("busybox")) {
                Files.createSymbolicLink(rootfs.resolve("bin/" + applet), Path.of("busybox"));
            }
        }
        return new TestNode(directory, rootfs, Spawner.start(options(directory)));
    }

    static SpawnerOptions options(Path directory) {
        return new SpawnerOptions(
                Program.path(System.getProperty("shim.binary", "demitasse-shim")),
                Optional.empty(),
                directory.resolve("lock"));
    }

    Spawner spawner() {
        return spawner;
    }

    Path rootfs() {
        return rootfs;
    }

    static ProcessSpec shell(String script) {
        return ProcessSpec.of(List.of("sh", "-c", script), ENVIRONMENT);
    }

    Container start(ProcessSpec process) throws Exception {
        return start(process, new PidNamespace.Own(), List.of());
    }

    Container start(ProcessSpec process, PidNamespace pid, List<ContainerMount> mounts)
            throws Exception {
        return start(process, pid, mounts, false);
    }

    /** One whose input comes from whoever attaches. */
    Container startAttachable(ProcessSpec process) throws Exception {
        return start(process, new PidNamespace.Own(), List.of(), true);
    }

    private Container start(
            ProcessSpec process, PidNamespace pid, List<ContainerMount> mounts, boolean attachable)
            throws Exception {
        var name = UUID.randomUUID().toString();
        var state = Files.createDirectory(directory.resolve(name));
        var cgroup =
                Cgroup.create(CgroupHierarchy.SYSTEM.root().resolve("demitasse-shim-test-" + name));
        try (var root = DetachedMount.cloneTree(rootfs, false);
                var stateFd = DirectoryFd.open(state);
                var log = openLog(stateFd, "log")) {
            var launched =
                    spawner.launch(
                            ContainerPlan.of(
                                    new ContainerSpec(
                                            root.fd(),
                                            false,
                                            cgroup.directory(),
                                            stateFd.fd(),
                                            log,
                                            new Namespaces(
                                                    Optional.empty(),
                                                    Optional.empty(),
                                                    Optional.empty(),
                                                    pid),
                                            Optional.empty(),
                                            mounts,
                                            List.of(),
                                            StandardPaths.MASKED,
                                            StandardPaths.READ_ONLY,
                                            attachable,
                                            process)));
            var container = new Container(launched, cgroup, state, state.resolve("log"));
            containers.add(container);
            return container;
        } catch (IOException failure) {
            cgroup.remove();
            cgroup.close();
            throw failure;
        }
    }

    static Fd openLog(DirectoryFd directory, String name) throws IOException {
        return directory.open(name, OpenHow.WRITE.create(0600).append());
    }

    /** Runs a container to its end. {@return its log without the stamps, and how it ended} */
    Output run(ProcessSpec process) throws Exception {
        var container = start(process);
        var status = container.awaitExit();
        return new Output(plain(container.logText()), status);
    }

    static String plain(String log) {
        return log.replaceAll("(?m)^\\S+Z std(out|err) [FP] ", "");
    }

    /** Runs a process in a container to its end. */
    Output exec(Container container, ProcessSpec process) throws Exception {
        try (var output = Pipe.open()) {
            var streams =
                    new StandardStreams(
                            new StandardStream.Null(),
                            new StandardStream.Passed(output.writeEnd()),
                            new StandardStream.Passed(output.writeEnd()));
            var plan =
                    ExecPlan.of(
                            new ExecSpec(
                                    container.launched().init(),
                                    container.cgroup().directory(),
                                    streams,
                                    process));
            try (var launched = spawner.launch(plan)) {
                output.writeEnd().close();
                var text = readAll(output);
                return new Output(text, awaitExit(launched.connection()));
            }
        }
    }

    private static String readAll(Pipe pipe) throws IOException {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        for (int count = pipe.read(buffer).orElseThrow();
                count > 0;
                count = pipe.read(buffer).orElseThrow()) {
            text.append(new String(buffer, 0, count, StandardCharsets.UTF_8));
        }
        return text.toString();
    }

    static ExitStatus awaitExit(ShimConnection connection) throws IOException {
        return switch (connection.receive(PATIENCE).orElseThrow()) {
            case ShimMessage.Exited(var status) -> status;
            case ShimMessage other -> throw new AssertionError("not an exit: " + other);
        };
    }

    /** Reads a file until it holds this text; the test's own time limit ends a vain wait. */
    static void awaitText(Path file, String text) throws IOException {
        while (!Files.readString(file).contains(text)) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Override
    public void close() throws IOException {
        for (var container : containers) {
            container.cgroup().kill();
            container.cgroup().remove();
            container.cgroup().close();
            container.launched().close();
        }
        spawner.close();
    }
}
