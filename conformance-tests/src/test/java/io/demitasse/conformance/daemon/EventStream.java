package io.demitasse.conformance.daemon;

import io.demitasse.cri.v1.ContainerEventResponse;
import io.demitasse.cri.v1.GetEventsRequest;
import io.demitasse.cri.v1.RuntimeServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A client of GetContainerEvents that decides itself when it reads. */
final class EventStream implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final BlockingQueue<ContainerEventResponse> events = new LinkedBlockingQueue<>();
    private final CompletableFuture<Boolean> began = new CompletableFuture<>();
    private final CompletableFuture<Status> ended = new CompletableFuture<>();
    private final ManagedChannel channel;
    private final ClientCall<GetEventsRequest, ContainerEventResponse> call;

    /** Listens on a connection of its own, so that what it leaves unread is in nobody's way. */
    private EventStream(ManagedChannel channel) {
        this.channel = channel;
        call =
                channel.newCall(
                        RuntimeServiceGrpc.getGetContainerEventsMethod(), CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onHeaders(Metadata headers) {
                        began.complete(true);
                    }

                    @Override
                    public void onMessage(ContainerEventResponse event) {
                        events.add(event);
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        began.complete(false);
                        ended.complete(status);
                    }
                },
                new Metadata());
        call.sendMessage(GetEventsRequest.getDefaultInstance());
        call.halfClose();
    }

    /** One who reads whatever comes. */
    static EventStream open(RunningDaemon daemon) throws Exception {
        var stream = idle(daemon);
        stream.read();
        return stream;
    }

    /** One who reads nothing yet. */
    static EventStream idle(RunningDaemon daemon) throws Exception {
        var stream = new EventStream(daemon.dial());
        stream.began.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        return stream;
    }

    void read() {
        call.request(Integer.MAX_VALUE);
    }

    void cancel() {
        call.cancel("the test has seen enough", null);
    }

    Status end() throws Exception {
        return ended.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** What has come and was not taken. */
    List<ContainerEventResponse> taken() {
        var taken = new ArrayList<ContainerEventResponse>();
        events.drainTo(taken);
        return taken;
    }

    /** Takes all events up to the first like this. */
    List<ContainerEventResponse> until(Predicate<ContainerEventResponse> last) throws Exception {
        var taken = new ArrayList<ContainerEventResponse>();
        while (taken.isEmpty() || !last.test(taken.getLast())) {
            var event = events.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (event == null) {
                throw new AssertionError("there are no more events after " + taken);
            }
            taken.add(event);
        }
        return taken;
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
