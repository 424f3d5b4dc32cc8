package io.demitasse.perf;

import io.demitasse.cri.v1.CreateContainerRequest;
import io.demitasse.cri.v1.ExecSyncRequest;
import io.demitasse.cri.v1.PodSandboxConfig;
import io.demitasse.cri.v1.RemoveContainerRequest;
import io.demitasse.cri.v1.RemovePodSandboxRequest;
import io.demitasse.cri.v1.RunPodSandboxRequest;
import io.demitasse.cri.v1.StartContainerRequest;
import io.demitasse.cri.v1.StopContainerRequest;
import io.demitasse.cri.v1.StopPodSandboxRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * One pod from nothing to nothing, as often as it is asked for, on any number of threads.
 *
 * <p>Closing waits for the cycles that are under way, refuses others, and removes what still runs:
 * a run that fails or is interrupted leaves nothing.
 */
public final class PodCycle implements AutoCloseable {
    /** A pod whose container runs, and the times that this took. */
    public record RunningPod(String sandbox, String container, List<Duration> times) {}

    private static final int EXEC_TIMEOUT_SECONDS = 10;

    private final CriClient client;
    private final PodTemplate template;
    private final Set<String> sandboxes = ConcurrentHashMap.newKeySet();
    // Read: a cycle is under way. Write: none is, and none begins.
    private final ReadWriteLock underWay = new ReentrantReadWriteLock();
    private volatile boolean closed;

    /** Makes pods of {@code template} through {@code client}. */
    public PodCycle(CriClient client, PodTemplate template) {
        this.client = client;
        this.template = template;
    }

    /** Starts a pod, runs {@code true} in it, tells {@code whileRunning}, stops and removes it. */
    public void run(int index, Timings timings, Runnable whileRunning) throws IOException {
        underWay.readLock().lock();
        try {
            var pod = start(index, timings);
            var times = new ArrayList<>(pod.times());
            timings.time(Step.EXEC_SYNC, times, () -> execute(pod));
            whileRunning.run();
            end(pod, timings, times);
            timings.addSum(Step.CYCLE, times);
        } finally {
            underWay.readLock().unlock();
        }
    }

    /** {@return pod {@code index}, running} */
    public RunningPod start(int index, Timings timings) throws IOException {
        underWay.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("pod " + index + " comes after the end");
            }
            return start(template.pod(index), timings);
        } finally {
            underWay.readLock().unlock();
        }
    }

    /** {@return the exit code of {@code true} in the pod's container, which is 0} */
    public int execute(RunningPod pod) {
        var answer =
                client.runtime()
                        .execSync(
                                ExecSyncRequest.newBuilder()
                                        .setContainerId(pod.container())
                                        .addCmd("true")
                                        .setTimeout(EXEC_TIMEOUT_SECONDS)
                                        .build());
        if (answer.getExitCode() != 0) {
            throw new IllegalStateException(
                    "true in container %s ended with %d: %s"
                            .formatted(
                                    pod.container(),
                                    answer.getExitCode(),
                                    answer.getStderr().toStringUtf8()));
        }
        return answer.getExitCode();
    }

    /** Stops and removes a pod, adding to {@code times}. */
    public void end(RunningPod pod, Timings timings, List<Duration> times) {
        var runtime = client.runtime();
        // A timeout of 0 is SIGKILL: sleep has no handler for SIGTERM, which pid 1 then ignores.
        var stop = StopContainerRequest.newBuilder().setContainerId(pod.container()).build();
        var remove = RemoveContainerRequest.newBuilder().setContainerId(pod.container()).build();
        var stopPod = StopPodSandboxRequest.newBuilder().setPodSandboxId(pod.sandbox()).build();
        var removePod = RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod.sandbox()).build();
        var parts = new ArrayList<Duration>();
        timings.time(Step.STOP_CONTAINER, parts, () -> runtime.stopContainer(stop));
        timings.time(Step.REMOVE_CONTAINER, parts, () -> runtime.removeContainer(remove));
        timings.time(Step.STOP_POD_SANDBOX, parts, () -> runtime.stopPodSandbox(stopPod));
        timings.time(Step.REMOVE_POD_SANDBOX, parts, () -> runtime.removePodSandbox(removePod));
        timings.addSum(Step.STOP_AND_REMOVE, parts);
        times.addAll(parts);
        sandboxes.remove(pod.sandbox());
    }

    @Override
    public void close() {
        closed = true;
        underWay.writeLock().lock();
        try {
            List.copyOf(sandboxes).forEach(this::remove);
        } finally {
            underWay.writeLock().unlock();
        }
    }

    private void remove(String sandbox) {
        var stop = StopPodSandboxRequest.newBuilder().setPodSandboxId(sandbox).build();
        var remove = RemovePodSandboxRequest.newBuilder().setPodSandboxId(sandbox).build();
        try {
            client.runtime().stopPodSandbox(stop);
            client.runtime().removePodSandbox(remove);
            sandboxes.remove(sandbox);
        } catch (StatusRuntimeException refused) {
            // The others must still go; this one is named, for whoever removes it by hand.
            System.err.println("perf: pod " + sandbox + " stays behind: " + refused.getMessage());
        }
    }

    private RunningPod start(PodSandboxConfig config, Timings timings) {
        var times = new ArrayList<Duration>();
        String sandbox = timings.time(Step.RUN_POD_SANDBOX, times, () -> runSandbox(config));
        sandboxes.add(sandbox);
        String container =
                timings.time(Step.CREATE_CONTAINER, times, () -> create(sandbox, config));
        var start = StartContainerRequest.newBuilder().setContainerId(container).build();
        timings.time(Step.START_CONTAINER, times, () -> client.runtime().startContainer(start));
        timings.addSum(Step.CREATE_AND_START, times.subList(1, times.size()));
        timings.addSum(Step.POD_START, times);
        return new RunningPod(sandbox, container, List.copyOf(times));
    }

    private String runSandbox(PodSandboxConfig config) {
        return client.runtime()
                .runPodSandbox(RunPodSandboxRequest.newBuilder().setConfig(config).build())
                .getPodSandboxId();
    }

    private String create(String sandbox, PodSandboxConfig config) {
        return client.runtime()
                .createContainer(
                        CreateContainerRequest.newBuilder()
                                .setPodSandboxId(sandbox)
                                .setConfig(template.container())
                                .setSandboxConfig(config)
                                .build())
                .getContainerId();
    }
}
