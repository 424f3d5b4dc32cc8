package io.demitasse.perf.comparison;

import io.demitasse.cri.v1.ContainerEventResponse;
import io.demitasse.cri.v1.ContainerEventType;
import io.demitasse.perf.Step;
import io.demitasse.perf.Timings;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** How long after a container's process was killed its end is told to who listens for events. */
final class ExitEvents {
    private static final long PATIENCE_SECONDS = 30;

    private final Contender contender;

    ExitEvents(Contender contender) {
        this.contender = contender;
    }

    /** What is heard of one container; the network thread tells, the measuring thread waits. */
    private static final class Listener implements StreamObserver<ContainerEventResponse> {
        final CountDownLatch started = new CountDownLatch(1);
        final CountDownLatch stopped = new CountDownLatch(1);
        volatile String container = "";
        volatile long stoppedAt;
        volatile Status refused = Status.OK;

        @Override
        public void onNext(ContainerEventResponse event) {
            if (event.getContainerEventType() == ContainerEventType.CONTAINER_STARTED_EVENT) {
                started.countDown();
            } else if (event.getContainerEventType() == ContainerEventType.CONTAINER_STOPPED_EVENT
                    && event.getContainerId().equals(container)) {
                stoppedAt = System.nanoTime();
                stopped.countDown();
            }
        }

        @Override
        public void onError(Throwable failure) {
            refused = Status.fromThrowable(failure);
            started.countDown();
            stopped.countDown();
        }

        @Override
        public void onCompleted() {
            onError(Status.UNAVAILABLE.withDescription("events ended").asException());
        }
    }

    /** Kills so many containers; notes nothing if the runtime has no events. */
    void measure(int times) throws IOException, InterruptedException {
        for (int i = 0; i < times; i++) {
            if (!once()) {
                return;
            }
        }
    }

    private boolean once() throws IOException, InterruptedException {
        var listener = new Listener();
        contender.client().events(listener);
        var unnoted = new Timings(System::nanoTime);
        var pod = contender.cycle().start(contender.nextPod(), unnoted);
        await(listener.started, "start");
        listener.container = pod.container();
        boolean heard = listener.refused.isOk();
        if (heard) {
            int workload = new WorkProbe(contender).workload();
            long killed = System.nanoTime();
            ProcessHandle.of(workload).ifPresent(ProcessHandle::destroyForcibly);
            await(listener.stopped, "end");
            contender
                    .timings()
                    .add(Step.EXIT_TO_EVENT, Duration.ofNanos(listener.stoppedAt - killed));
        } else if (listener.refused.getCode() != Status.Code.UNIMPLEMENTED) {
            throw listener.refused.asRuntimeException();
        }
        contender.cycle().end(pod, unnoted, new ArrayList<>());
        contender.client().renew();
        return heard;
    }

    private void await(CountDownLatch latch, String what) throws InterruptedException {
        if (!latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException(
                    contender.name() + " does not tell of a container's " + what);
        }
    }
}
