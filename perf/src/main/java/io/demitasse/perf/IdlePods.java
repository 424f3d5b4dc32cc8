package io.demitasse.perf;

import io.demitasse.cri.v1.ListContainerStatsRequest;
import io.demitasse.cri.v1.ListContainersRequest;
import io.demitasse.cri.v1.ListPodSandboxRequest;
import io.demitasse.cri.v1.ListPodSandboxStatsRequest;
import io.demitasse.perf.process.ProcFiles;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * What pods cost that do nothing: memory, and the lists that get longer.
 *
 * @param pods how many there were
 * @param before the runtime's memory without them
 * @param after and with them
 */
public record IdlePods(int pods, RuntimeMemory before, RuntimeMemory after) {
    private static final int REPETITIONS = 20;
    private static final int MOST_READINGS = 100;
    private static final int EQUAL_READINGS = 5;
    private static final int PERCENT = 100;

    /** The runtime that is weighed. */
    public record Subject(ProcFiles files, int pid, List<String> workload) {
        /** {@return its memory, once that no longer changes by more than a percent} */
        public RuntimeMemory settled() {
            var last = RuntimeMemory.now(files, pid, workload);
            int equal = 0;
            for (int i = 0; i < MOST_READINGS && equal < EQUAL_READINGS; i++) {
                var next = RuntimeMemory.now(files, pid, workload);
                long change = Math.abs(next.proportionalBytes() - last.proportionalBytes());
                equal = change * PERCENT <= last.proportionalBytes() ? equal + 1 : 0;
                last = next;
            }
            return last;
        }
    }

    /** Starts {@code count} pods numbered from {@code first}, looks, and removes them. */
    public static IdlePods measure(
            CriClient client,
            PodCycle cycle,
            Subject subject,
            int first,
            int count,
            Timings timings)
            throws IOException {
        var before = subject.settled();
        var unnoted = new Timings(System::nanoTime);
        var pods = new ArrayList<PodCycle.RunningPod>();
        for (int i = 0; i < count; i++) {
            pods.add(cycle.start(first + i, unnoted));
        }
        var after = subject.settled();
        look(client, cycle, pods.getLast(), timings);
        for (var pod : pods) {
            cycle.end(pod, unnoted, new ArrayList<>());
        }
        return new IdlePods(count, before, after);
    }

    /** {@return what the processes that were there before grew by, for one pod} */
    public long daemonBytesPerPod() {
        return (after.proportionalBytes(before.processes().keySet()) - before.proportionalBytes())
                / pods;
    }

    /** {@return what the processes have that came with the pods, for one pod} */
    public long shimBytesPerPod() {
        return (after.proportionalBytes() - after.proportionalBytes(before.processes().keySet()))
                / pods;
    }

    /** {@return both: the proportional set size of an idle pod without its workload} */
    public long bytesPerPod() {
        return (after.proportionalBytes() - before.proportionalBytes()) / pods;
    }

    /** {@return what the machine lost for one pod, workload and kernel memory included} */
    public long availableBytesPerPod() {
        return (before.availableBytes() - after.availableBytes()) / pods;
    }

    /** Times the calls that get longer with the number of pods, {@code last} being one of them. */
    public static void look(
            CriClient client, PodCycle cycle, PodCycle.RunningPod last, Timings timings) {
        list(client, timings);
        repeat(timings, Step.EXEC_SYNC_AMONG_IDLE, () -> cycle.execute(last));
    }

    private static void list(CriClient client, Timings timings) {
        repeat(
                timings,
                Step.LIST_POD_SANDBOX,
                () -> client.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()));
        repeat(
                timings,
                Step.LIST_CONTAINERS,
                () -> client.runtime().listContainers(ListContainersRequest.getDefaultInstance()));
        repeat(
                timings,
                Step.LIST_CONTAINER_STATS,
                () ->
                        client.runtime()
                                .listContainerStats(
                                        ListContainerStatsRequest.getDefaultInstance()));
        repeat(
                timings,
                Step.LIST_POD_SANDBOX_STATS,
                () ->
                        client.runtime()
                                .listPodSandboxStats(
                                        ListPodSandboxStatsRequest.getDefaultInstance()));
    }

    private static void repeat(Timings timings, Step step, Supplier<?> call) {
        try {
            for (int i = 0; i < REPETITIONS; i++) {
                timings.time(step, new ArrayList<>(), call);
            }
        } catch (StatusRuntimeException refused) {
            // A row that is missing from the table says as much as one that says so.
            if (refused.getStatus().getCode() != Status.Code.UNIMPLEMENTED) {
                throw refused;
            }
        }
    }
}
