package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.admin.v1.DumpThreadsRequest;
import io.demitasse.cri.v1.RuntimeServiceGrpc;
import io.demitasse.cri.v1.StopContainerRequest;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Asking a daemon that answers nothing else what it is at. */
@Timeout(300)
class ThreadDumpTest {
    private static final int CALL_THREADS = 1_024;
    private static final Pattern THREAD = Pattern.compile("(?m)^\"");
    private static final Pattern LEFT_OUT = Pattern.compile("and ([0-9]+) threads more");

    @TempDir static Path directory;

    @Test
    void shouldBeAnsweredWhileEveryThreadForCallsIsTaken() throws Exception {
        var daemon = RunningDaemon.start(directory);
        var id =
                createAndStart(
                        daemon,
                        run(daemon, pod(daemon, "deaf")),
                        container("c", "sh", "-c", "trap '' TERM; while :; do sleep 1; done"));
        var connection = daemon.dial();
        try {
            var stop =
                    StopContainerRequest.newBuilder().setContainerId(id).setTimeout(3_600).build();
            for (int i = 0; i < CALL_THREADS; i++) {
                var _ = RuntimeServiceGrpc.newFutureStub(connection).stopContainer(stop);
            }
            Eventually.equal(true, () -> threads(dump(daemon)) > CALL_THREADS);

            var text = dump(daemon);
            assertThat(text).hasSizeLessThan((1 << 20) + 100).contains("StopContainer.handle");
        } finally {
            connection.shutdownNow();
            daemon.kill();
            daemon.restart();
            daemon.close();
        }
    }

    private static String dump(RunningDaemon daemon) {
        return daemon.admin().dumpThreads(DumpThreadsRequest.getDefaultInstance()).getText();
    }

    /** Those that are told, and those that had no room. */
    private static int threads(String text) {
        var leftOut = LEFT_OUT.matcher(text);
        return (int) THREAD.matcher(text).results().count()
                + (leftOut.find() ? Integer.parseInt(leftOut.group(1)) : 0);
    }
}
