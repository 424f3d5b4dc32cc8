package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.GetEventsRequest;
import io.demitasse.daemon.call.EncodedStream;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.event.EventLog;
import io.demitasse.daemon.event.Subscriber;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;

/**
 * Sends a client what happens to containers from now on, for as long as it listens.
 *
 * <p>The headers of the answer say that from now on nothing is left out. A client that reads too
 * slowly is told so by ABORTED: it must list, then listen again, as the kubelet does. So must a
 * client whose stream ends because the daemon does (UNAVAILABLE).
 *
 * <p><b>Threads.</b> Calls and log share the network thread.
 */
public final class GetContainerEvents implements ServerCallHandler<GetEventsRequest, byte[]> {
    private final EventLog log;

    /** Sends what is written there. */
    public GetContainerEvents(EventLog log) {
        this.log = log;
    }

    @Override
    public ServerCall.Listener<GetEventsRequest> startCall(
            ServerCall<GetEventsRequest, byte[]> call, Metadata headers) {
        call.request(1);
        var subscription = log.subscribe(new Client(call));
        return new ServerCall.Listener<>() {
            @Override
            public void onReady() {
                subscription.wake();
            }

            @Override
            public void onCancel() {
                subscription.close();
            }

            @Override
            public void onComplete() {
                subscription.close();
            }
        };
    }

    /** The other end of a call. */
    private record Client(ServerCall<GetEventsRequest, byte[]> call) implements Subscriber {
        @Override
        public void began() {
            call.sendHeaders(new Metadata());
        }

        @Override
        public boolean isReady() {
            return call.isReady();
        }

        @Override
        public void accept(byte[] event) {
            call.sendMessage(event);
        }

        @Override
        public void missed(long events) {
            EncodedStream.fail(
                    call,
                    RequestException.aborted(
                            "%d events were not read in time and are lost; list, then listen again",
                            events));
        }

        @Override
        public void ended() {
            EncodedStream.fail(call, RequestException.unavailable("the runtime is stopping"));
        }
    }
}
