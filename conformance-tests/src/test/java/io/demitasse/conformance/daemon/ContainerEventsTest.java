package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static io.demitasse.conformance.daemon.Requests.status;
import static io.demitasse.cri.v1.ContainerEventType.CONTAINER_CREATED_EVENT;
import static io.demitasse.cri.v1.ContainerEventType.CONTAINER_DELETED_EVENT;
import static io.demitasse.cri.v1.ContainerEventType.CONTAINER_STARTED_EVENT;
import static io.demitasse.cri.v1.ContainerEventType.CONTAINER_STOPPED_EVENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.demitasse.cri.v1.ContainerEventResponse;
import io.demitasse.cri.v1.ContainerEventType;
import io.demitasse.cri.v1.ContainerState;
import io.demitasse.cri.v1.PodSandboxState;
import io.demitasse.cri.v1.RemoveContainerRequest;
import io.demitasse.cri.v1.RemovePodSandboxRequest;
import io.demitasse.cri.v1.StopPodSandboxRequest;
import io.grpc.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What GetContainerEvents tells, to whom, and until when. */
@Timeout(300)
class ContainerEventsTest {
    private static final List<ContainerEventType> WHOLE_LIFE =
            List.of(
                    CONTAINER_CREATED_EVENT,
                    CONTAINER_STARTED_EVENT,
                    CONTAINER_STOPPED_EVENT,
                    CONTAINER_DELETED_EVENT);

    @TempDir static Path directory;

    private static RunningDaemon daemon;

    @BeforeAll
    static void startDaemon() throws Exception {
        daemon = RunningDaemon.start(directory);
    }

    @AfterAll
    static void stopDaemon() throws Exception {
        if (daemon != null) {
            daemon.close();
        }
    }

    @AfterEach
    void removePods() {
        daemon.removeAllPods();
    }

    @Test
    void shouldTellTheLifeOfAPodWithItsStateAfterEachStep() throws Exception {
        try (var stream = EventStream.open(daemon)) {
            var pod = run(daemon, pod(daemon, "life"));
            var id = createAndStart(daemon, pod, container("c", "sleep", "600"));
            Requests.stop(daemon, id, 0);
            removeContainer(id);
            stopPod(pod);
            removePod(pod);

            var events = stream.until(is(CONTAINER_DELETED_EVENT, pod));

            assertThat(events)
                    .extracting(
                            ContainerEventResponse::getContainerId,
                            ContainerEventResponse::getContainerEventType)
                    .containsExactly(
                            tuple(pod, CONTAINER_CREATED_EVENT),
                            tuple(pod, CONTAINER_STARTED_EVENT),
                            tuple(id, CONTAINER_CREATED_EVENT),
                            tuple(id, CONTAINER_STARTED_EVENT),
                            tuple(id, CONTAINER_STOPPED_EVENT),
                            tuple(id, CONTAINER_DELETED_EVENT),
                            tuple(pod, CONTAINER_STOPPED_EVENT),
                            tuple(pod, CONTAINER_DELETED_EVENT));
            assertThat(events).allMatch(event -> event.getPodSandboxStatus().getId().equals(pod));
            assertThat(events).extracting(ContainerEventResponse::getCreatedAt).isSorted();
            assertThat(events.subList(2, 5))
                    .extracting(event -> event.getContainersStatuses(0).getState())
                    .containsExactly(
                            ContainerState.CONTAINER_CREATED,
                            ContainerState.CONTAINER_RUNNING,
                            ContainerState.CONTAINER_EXITED);
            assertThat(events.get(4).getContainersStatuses(0).getExitCode()).isEqualTo(137);
            assertThat(events.get(5).getContainersStatusesList()).isEmpty();
            assertThat(events.get(5).getPodSandboxStatus().getState())
                    .isEqualTo(PodSandboxState.SANDBOX_READY);
            assertThat(events.get(6).getPodSandboxStatus().getState())
                    .isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
        }
    }

    @Test
    void shouldTellAnEndThatNobodyAskedForAfterItIsVisible() throws Exception {
        try (var stream = EventStream.open(daemon)) {
            var pod = run(daemon, pod(daemon, "end"));
            var id = createAndStart(daemon, pod, container("c", "sh", "-c", "exit 7"));

            var event = stream.until(is(CONTAINER_STOPPED_EVENT, id)).getLast();

            assertThat(status(daemon, id).getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
            assertThat(event.getContainersStatuses(0).getExitCode()).isEqualTo(7);
            assertThat(event.getContainersStatuses(0)).isEqualTo(status(daemon, id));
        }
    }

    @Test
    void shouldTellAThousandEventsInOrderToEverySubscriber() throws Exception {
        int pods = 5;
        int containers = 50;
        try (var one = EventStream.open(daemon);
                var other = EventStream.open(daemon)) {
            var last = inParallel(pods, number -> lives("many" + number, containers));

            for (var stream : List.of(one, other)) {
                var waiting = new ArrayList<>(last);
                var events =
                        stream.until(event -> {
                            waiting.removeIf(id -> is(CONTAINER_DELETED_EVENT, id).test(event));
                            return waiting.isEmpty();
                        });
                var lives =
                        events.stream()
                                .filter(event -> !last.contains(event.getContainerId()))
                                .collect(
                                        Collectors.groupingBy(
                                                ContainerEventResponse::getContainerId,
                                                Collectors.mapping(
                                                        ContainerEventResponse
                                                                ::getContainerEventType,
                                                        Collectors.toList())));
                assertThat(lives).hasSize(pods * containers);
                assertThat(lives.values()).allMatch(WHOLE_LIFE::equals);
            }
        }
    }

    @Test
    void shouldEndTheStreamOfASlowSubscriberAndNotSlowOthers() throws Exception {
        int cycles = 12;
        try (var slow = EventStream.idle(daemon);
                var quick = EventStream.open(daemon)) {
            int seen = 0;
            for (int i = 0; i < cycles; i++) {
                var config = pod(daemon, "large" + i);
                config.putAnnotations("demitasse.example/large", "x".repeat(200_000));
                var pod = run(daemon, config);
                removePod(pod);
                seen += quick.until(is(CONTAINER_DELETED_EVENT, pod)).size();
            }
            assertThat(seen).isEqualTo(cycles * 4);

            slow.read();

            assertThat(slow.end().getCode()).isEqualTo(Status.Code.ABORTED);
            assertThat(slow.end().getDescription())
                    .isEqualTo(
                            "%d events were not read in time and are lost; list, then listen again",
                            seen - slow.taken().size());
        }
    }

    @Test
    void shouldGoOnForOthersWhenSubscribersCancel() throws Exception {
        try (var stays = EventStream.open(daemon)) {
            for (int i = 0; i < 20; i++) {
                try (var leaves = EventStream.open(daemon)) {
                    leaves.cancel();
                    assertThat(leaves.end().getCode()).isEqualTo(Status.Code.CANCELLED);
                }
            }

            var pod = run(daemon, pod(daemon, "cancel"));

            assertThat(stays.until(is(CONTAINER_STARTED_EVENT, pod))).hasSize(2);
        }
    }

    @Test
    void shouldEndWithTheDaemonAndBeginAgainWithTheNext() throws Exception {
        var pod = run(daemon, pod(daemon, "restart"));
        var id = createAndStart(daemon, pod, container("c", "sleep", "600"));
        try (var stopped = EventStream.open(daemon)) {
            assertThat(daemon.terminate()).isZero();
            assertThat(stopped.end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        }
        daemon.restart();
        try (var killed = EventStream.open(daemon)) {
            daemon.kill();
            assertThat(killed.end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        }
        daemon.restart();

        try (var again = EventStream.open(daemon)) {
            Requests.stop(daemon, id, 0);
            assertThat(again.until(is(CONTAINER_STOPPED_EVENT, id))).hasSize(1);
        }
    }

    /** Lets containers of a pod begin and end, and removes it; returns its id. */
    private static String lives(String name, int containers) {
        var pod = run(daemon, pod(daemon, name));
        for (int i = 0; i < containers; i++) {
            var id = createAndStart(daemon, pod, container("c" + i, "true"));
            removeContainer(id);
        }
        removePod(pod);
        return pod;
    }

    private interface Work {
        String run(int number);
    }

    private static List<String> inParallel(int count, Work work) throws Exception {
        try (var threads = Executors.newFixedThreadPool(count)) {
            var tasks = new ArrayList<Callable<String>>();
            for (int i = 0; i < count; i++) {
                int number = i;
                tasks.add(() -> work.run(number));
            }
            var results = new ArrayList<String>();
            for (var done : threads.invokeAll(tasks)) {
                results.add(done.get());
            }
            return results;
        }
    }

    private static Predicate<ContainerEventResponse> is(ContainerEventType type, String id) {
        return event -> event.getContainerEventType() == type && event.getContainerId().equals(id);
    }

    private static void removeContainer(String id) {
        daemon.runtime()
                .removeContainer(RemoveContainerRequest.newBuilder().setContainerId(id).build());
    }

    private static void stopPod(String id) {
        daemon.runtime()
                .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(id).build());
    }

    private static void removePod(String id) {
        daemon.runtime()
                .removePodSandbox(RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build());
    }
}
