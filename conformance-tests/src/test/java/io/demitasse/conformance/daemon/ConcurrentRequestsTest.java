package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.cri.v1.ListContainersRequest;
import io.demitasse.cri.v1.RemovePodSandboxRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What belongs to a pod does not outlive it, whoever asks for it meanwhile. */
@Timeout(300)
class ConcurrentRequestsTest {
    private static final int ROUNDS = 30;
    private static final int CLIENTS = 4;

    @TempDir Path directory;

    @Test
    void shouldLeaveNoContainerOfAPodThatIsRemovedWhileItIsCreated() throws Exception {
        var daemon = RunningDaemon.start(directory);
        var before = Footprint.of(daemon);
        for (int round = 0; round < ROUNDS; round++) {
            var pod = run(daemon, pod(daemon, "removed-" + round));
            var began = new CountDownLatch(CLIENTS);
            var refusals = new ArrayList<Future<Status.Code>>();
            try (var clients = Executors.newFixedThreadPool(CLIENTS)) {
                for (int client = 0; client < CLIENTS; client++) {
                    var name = "c" + client + "-";
                    refusals.add(
                            clients.submit(() -> createUntilRefused(daemon, pod, name, began)));
                }
                began.await();
                daemon.runtime()
                        .removePodSandbox(
                                RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
            }
            for (var refusal : refusals) {
                assertThat(refusal.get())
                        .isIn(Status.Code.FAILED_PRECONDITION, Status.Code.NOT_FOUND);
            }
        }

        assertThat(
                        daemon.runtime()
                                .listContainers(ListContainersRequest.getDefaultInstance())
                                .getContainersList())
                .isEmpty();
        Eventually.equal(before, () -> Footprint.of(daemon));
        daemon.close();
    }

    /** A client that is refused before its first container lets the others go on, too. */
    private static Status.Code createUntilRefused(
            RunningDaemon daemon, String pod, String name, CountDownLatch began) {
        try {
            for (int i = 0; ; i++) {
                Requests.create(daemon, pod, container(name + i, "true"));
                began.countDown();
            }
        } catch (StatusRuntimeException refused) {
            return refused.getStatus().getCode();
        } finally {
            began.countDown();
        }
    }
}
