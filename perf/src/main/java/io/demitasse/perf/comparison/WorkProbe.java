package io.demitasse.perf.comparison;

import io.demitasse.cri.v1.ContainerState;
import io.demitasse.cri.v1.ContainerStatus;
import io.demitasse.cri.v1.ContainerStatusRequest;
import io.demitasse.cri.v1.CreateContainerRequest;
import io.demitasse.cri.v1.ExecSyncRequest;
import io.demitasse.cri.v1.StartContainerRequest;
import io.demitasse.perf.PodCycle;
import io.demitasse.perf.PodTemplate;
import io.demitasse.perf.Timings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/** Looks into a pod of the kind that is timed, and writes down what the runtime did for it. */
final class WorkProbe {
    private static final int EXEC_TIMEOUT_SECONDS = 30;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(5);
    private static final String SHORT_LIVED = "probe";
    private static final int EXIT_CODE = 7;

    // Of the container's own process, not of the one that reads. What cgroup2 and cgroup v1 mount
    // below /sys/fs/cgroup is different by nature. /dev/core is a link to a masked file, or not
    // there.
    private static final String SCRIPT =
            """
            for key in Seccomp NoNewPrivs CapInh CapPrm CapEff CapBnd CapAmb Uid Gid Groups; do
                sed -n "s/^$key:[[:space:]]*/$key /p" /proc/1/status
            done
            for path in %s; do
                if [ -d "$path" ]; then echo "masked:$path $(ls -A "$path" | wc -l) entries"
                elif [ -e "$path" ]; then echo "masked:$path $(head -c 1 "$path" | wc -c) bytes"
                else echo "masked:$path absent"; fi
            done
            for path in %s; do
                if [ ! -e "$path" ]; then echo "read-only:$path absent"
                elif [ -w "$path" ]; then echo "read-only:$path writable"
                else echo "read-only:$path yes"; fi
            done
            echo "mounts" $(awk '{ print $5 }' /proc/1/mountinfo | grep -v -e ^/proc/ -e ^/sys/ | sort -u)
            echo "devices" $(ls /dev | grep -v '^core$' | sort)
            echo "links" $(ls /sys/class/net | sort)
            echo "default-routes" $(awk '$2 == "00000000"' /proc/net/route | wc -l)
            echo "oom_score_adj" $(cat /proc/1/oom_score_adj)
            echo "directory" $(readlink /proc/1/cwd)
            """
                    .formatted(
                            String.join(" ", PodTemplate.MASKED_PATHS),
                            String.join(" ", PodTemplate.READONLY_PATHS));

    private final Contender contender;

    WorkProbe(Contender contender) {
        this.contender = contender;
    }

    /** {@return what is found in a new pod, which is removed again} */
    Work look() throws IOException {
        int index = contender.nextPod();
        var unnoted = new Timings(System::nanoTime);
        var pod = contender.cycle().start(index, unnoted);
        var work =
                Work.parse(inside(pod.container()))
                        .with("cgroup", cgroup(pod.container()))
                        .with("file descriptors", Integer.toString(descriptors()));
        work = runToEnd(pod, index, work);
        contender.cycle().end(pod, unnoted, new ArrayList<>());
        return work;
    }

    private String inside(String container) {
        var answer =
                contender
                        .client()
                        .runtime()
                        .execSync(
                                ExecSyncRequest.newBuilder()
                                        .setContainerId(container)
                                        .addAllCmd(List.of("sh", "-c", SCRIPT))
                                        .setTimeout(EXEC_TIMEOUT_SECONDS)
                                        .build());
        if (answer.getExitCode() != 0) {
            throw new IllegalStateException(
                    "%s: cannot look into a container: %s"
                            .formatted(contender.name(), answer.getStderr().toStringUtf8()));
        }
        return answer.getStdout().toStringUtf8();
    }

    /** {@return whether any hierarchy has the workload in a group that is named after it} */
    private String cgroup(String container) throws IOException {
        var lines = Files.readAllLines(Path.of("/proc/" + workload() + "/cgroup"));
        return lines.stream().anyMatch(line -> line.contains(container))
                ? "of its own"
                : "not its own: " + lines;
    }

    private int descriptors() throws IOException {
        try (var open = Files.list(Path.of("/proc/" + workload() + "/fd"))) {
            return (int) open.count();
        }
    }

    /**
     * {@return the pid of the one container's process, as this pid namespace knows it} Some
     * runtimes answer StartContainer just before it has executed its command.
     */
    int workload() {
        long last = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < last) {
            Set<Integer> all = contender.files().processes().keySet();
            var found = contender.files().withArguments(all, contender.template().command());
            if (found.size() == 1) {
                return found.iterator().next();
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
        throw new IllegalStateException(contender.name() + " has not exactly one workload");
    }

    /** Adds what a second container left when it had ended: its exit code and its log. */
    private Work runToEnd(PodCycle.RunningPod pod, int index, Work work) throws IOException {
        var runtime = contender.client().runtime();
        var config = contender.template().pod(index);
        var log = Path.of(config.getLogDirectory()).resolve(SHORT_LIVED);
        Files.createDirectories(log);
        var command = List.of("sh", "-c", "echo one line; exit " + EXIT_CODE);
        String container =
                runtime.createContainer(
                                CreateContainerRequest.newBuilder()
                                        .setPodSandboxId(pod.sandbox())
                                        .setSandboxConfig(config)
                                        .setConfig(
                                                contender
                                                        .template()
                                                        .container(SHORT_LIVED, command))
                                        .build())
                        .getContainerId();
        runtime.startContainer(
                StartContainerRequest.newBuilder().setContainerId(container).build());
        var status = awaitEnd(container);
        return work.with("exit code", status.getExitCode() + " " + status.getReason())
                .with("log", logged(log.resolve("0.log")));
    }

    private ContainerStatus awaitEnd(String container) {
        var request = ContainerStatusRequest.newBuilder().setContainerId(container).build();
        long last = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < last) {
            var status = contender.client().runtime().containerStatus(request).getStatus();
            if (status.getState() == ContainerState.CONTAINER_EXITED) {
                return status;
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
        throw new IllegalStateException(contender.name() + ": container does not end");
    }

    /** {@return the log without its times} */
    private static String logged(Path log) throws IOException {
        return Files.readAllLines(log).stream()
                .map(line -> line.substring(line.indexOf(' ') + 1))
                .collect(Collectors.joining("; "));
    }
}
