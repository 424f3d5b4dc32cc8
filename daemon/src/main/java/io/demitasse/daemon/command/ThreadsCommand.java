package io.demitasse.daemon.command;

import io.demitasse.admin.v1.AdminGrpc;
import io.demitasse.admin.v1.DumpThreadsRequest;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code demitasse threads}: what a daemon is at, for when it does not answer other calls. */
@Command(
        name = "threads",
        description = {
            "Print what every thread of the daemon is at, which locks it has, and which one it waits"
                    + " for.",
            "",
            "The daemon's network thread answers this itself, so that it works when all others are"
                    + " stuck. If there is no answer either, `kill -QUIT` makes the JVM write much the"
                    + " same to the daemon's log.",
            ""
        })
final class ThreadsCommand implements Callable<Integer> {
    private static final long PATIENCE_SECONDS = 30;

    @Mixin private ListenOption listen = new ListenOption();

    @Override
    public Integer call() throws IOException {
        try (var connection = listen.connect()) {
            var answer =
                    AdminGrpc.newBlockingStub(connection.channel())
                            .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
                            .dumpThreads(DumpThreadsRequest.getDefaultInstance());
            System.out.print(answer.getText());
            return 0;
        }
    }
}
