package io.demitasse.daemon.diagnosis;

import io.demitasse.admin.v1.DumpThreadsRequest;
import io.demitasse.admin.v1.DumpThreadsResponse;
import io.demitasse.daemon.call.Handler;
import java.lang.management.ManagementFactory;

/** Tells what every thread is at, which locks it has, and which one it waits for. */
public final class DumpThreads implements Handler<DumpThreadsRequest, DumpThreadsResponse> {
    /** Deeper, a stack says nothing that its top does not. */
    private static final int MAX_FRAMES = 64;

    @Override
    public DumpThreadsResponse handle(DumpThreadsRequest request) {
        var threads = ManagementFactory.getThreadMXBean();
        var text = new ThreadText();
        text.deadlocked(threads.findDeadlockedThreads());
        for (var thread : threads.dumpAllThreads(true, true, MAX_FRAMES)) {
            text.thread(thread);
        }
        return DumpThreadsResponse.newBuilder().setText(text.toString()).build();
    }
}
