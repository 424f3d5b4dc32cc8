package io.demitasse.perf.comparison;

import io.demitasse.cri.v1.ContainerState;
import io.demitasse.cri.v1.ListContainersRequest;
import io.demitasse.cri.v1.ListPodSandboxRequest;
import io.demitasse.cri.v1.PodSandboxState;
import io.demitasse.perf.Step;
import io.demitasse.perf.Timings;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.locks.LockSupport;

/** How long a runtime that is killed while pods run is away: until its lists are whole again. */
final class Recovery {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration PAUSE = Duration.ofMillis(1);

    private final Contender contender;
    private final int pods;

    /** Expects so many pods with a container each to survive. */
    Recovery(Contender contender, int pods) {
        this.contender = contender;
        this.pods = pods;
    }

    /** Kills the runtime, waits until who supervises it has brought it back, then starts a pod. */
    void measure() throws IOException {
        int killed = contender.client().serverPid();
        long began = System.nanoTime();
        ProcessHandle.of(killed).ifPresent(ProcessHandle::destroyForcibly);
        while (!isBack(killed)) {
            if (System.nanoTime() - began > PATIENCE.toNanos()) {
                throw new IllegalStateException(
                        "%s has not %d pods two minutes after kill -9"
                                .formatted(contender.name(), pods));
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
        contender.timings().add(Step.RECOVERY, Duration.ofNanos(System.nanoTime() - began));
        startFirstPod();
    }

    private void startFirstPod() throws IOException {
        var first = new Timings(System::nanoTime);
        var pod = contender.cycle().start(contender.nextPod(), first);
        contender.timings().addAll(Step.FIRST_POD_START, first, Step.POD_START);
        contender.cycle().end(pod, first, new ArrayList<>());
    }

    private boolean isBack(int killed) {
        try {
            if (contender.client().serverPid() == killed) {
                return false;
            }
            contender.client().renew();
            return listsAll();
        } catch (IOException | StatusRuntimeException _) {
            return false; // nobody listens yet, or who does is not ready
        }
    }

    private boolean listsAll() {
        var runtime = contender.client().runtime();
        long ready =
                runtime
                        .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
                        .getItemsList()
                        .stream()
                        .filter(pod -> pod.getState() == PodSandboxState.SANDBOX_READY)
                        .count();
        long running =
                runtime
                        .listContainers(ListContainersRequest.getDefaultInstance())
                        .getContainersList()
                        .stream()
                        .filter(each -> each.getState() == ContainerState.CONTAINER_RUNNING)
                        .count();
        return ready == pods && running == pods;
    }
}
