package io.demitasse.daemon.call;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes of requests that are not yet complete, or not yet parsed, are kept together. A
 * long one that would be too much ends at once, while it arrives.
 *
 * <p><b>Threads.</b> Bytes are counted on the network thread, and let go on any.
 */
final class Arrivals extends ServerStreamTracer.Factory {
    /** Usual requests are shorter, and arrive whatever else does. */
    private static final int SHORT_BYTES = 64 << 10;

    private static final Context.Key<Arrival> KEY = Context.key("arrival");

    private final long limit;
    private final AtomicLong taken = new AtomicLong();

    Arrivals(long limit) {
        this.limit = limit;
    }

    @Override
    public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
        return new Arrival();
    }

    /** {@return what is arriving for the call that is just being started} */
    static Optional<Arrival> current() {
        return Optional.ofNullable(KEY.get());
    }

    /** The request of one call. */
    final class Arrival extends ServerStreamTracer {
        private final AtomicLong held = new AtomicLong();
        private final AtomicBoolean over = new AtomicBoolean();
        private volatile Optional<ServerCall<?, ?>> call = Optional.empty();

        @Override
        public Context filterContext(Context context) {
            return context.withValue(KEY, this);
        }

        /** Says which call to end; no byte of a message is read before. */
        void belongsTo(ServerCall<?, ?> started) {
            call = Optional.of(started);
        }

        @Override
        public void inboundWireSize(long bytes) {
            if (over.get()) {
                return;
            }
            long kept = held.addAndGet(bytes);
            if (taken.addAndGet(bytes) > limit && kept > SHORT_BYTES) {
                end();
                call.ifPresent(ended ->
                        EncodedStream.fail(
                                ended,
                                RequestException.exhausted(
                                        "the request is too long while others arrive; all of them"
                                                + " may have %d KiB: send it again later, or smaller",
                                        limit / 1024)));
            }
        }

        @Override
        public void streamClosed(Status status) {
            end();
        }

        /** Nothing of it is kept any more, and nothing more is counted. */
        void end() {
            over.set(true);
            taken.addAndGet(-held.getAndSet(0));
        }
    }
}
