package io.demitasse.daemon.call;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Message;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much of the heap the requests under way may take together. Each is weighed while it is still
 * bytes; one that does not fit is refused and never parsed.
 *
 * <p><b>Threads.</b> Any.
 */
public final class RequestBudget {
    private final long limit;
    private final AtomicLong taken = new AtomicLong();

    private final Arrivals arrivals;

    private RequestBudget(long limit, Arrivals arrivals) {
        this.limit = limit;
        this.arrivals = arrivals;
    }

    /** {@return a sixth of this process's heap, and half of that for what is still arriving} */
    public static RequestBudget ofHeap() {
        long heap = Runtime.getRuntime().maxMemory();
        return new RequestBudget(heap / 6, new Arrivals(heap / 12));
    }

    /** {@return what counts the bytes that arrive; a server needs it to hold the second half} */
    public ServerStreamTracer.Factory arrivals() {
        return arrivals;
    }

    /** {@return the same service, behind this budget} */
    public ServerServiceDefinition guard(ServerServiceDefinition service) {
        var types = new HashMap<String, Descriptor>();
        for (var method : service.getMethods()) {
            var descriptor = method.getMethodDescriptor();
            if (descriptor.getRequestMarshaller() instanceof PrototypeMarshaller<?> marshaller
                    && marshaller.getMessagePrototype() instanceof Message prototype) {
                types.put(descriptor.getFullMethodName(), prototype.getDescriptorForType());
            }
        }
        return ServerInterceptors.intercept(
                ServerInterceptors.useInputStreamMessages(service), new Weighing(types));
    }

    private boolean take(long cost) {
        long before = taken.get();
        while (before + cost <= limit) {
            long seen = taken.compareAndExchange(before, before + cost);
            if (seen == before) {
                return true;
            }
            before = seen;
        }
        return false;
    }

    private final class Weighing implements ServerInterceptor {
        private final Map<String, Descriptor> types;

        Weighing(Map<String, Descriptor> types) {
            this.types = types;
        }

        @Override
        public <Q, R> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
            var type = types.get(call.getMethodDescriptor().getFullMethodName());
            var arrival = Arrivals.current();
            arrival.ifPresent(bytes -> bytes.belongsTo(call));
            var listener = next.startCall(call, headers);
            return type == null ? listener : new Weighed<>(listener, call, type, arrival);
        }
    }

    /** One call; gRPC tells it one thing at a time. */
    private final class Weighed<Q> extends SimpleForwardingServerCallListener<Q> {
        private final ServerCall<Q, ?> call;
        private final Descriptor type;
        private final Optional<Arrivals.Arrival> arrival;
        private long cost;
        private boolean refused;

        Weighed(
                ServerCall.Listener<Q> listener,
                ServerCall<Q, ?> call,
                Descriptor type,
                Optional<Arrivals.Arrival> arrival) {
            super(listener);
            this.arrival = arrival;
            this.call = call;
            this.type = type;
        }

        @Override
        @SuppressWarnings("unchecked") // all messages of the service are streams of bytes
        public void onMessage(Q message) {
            try {
                var bytes = ((InputStream) message).readAllBytes();
                long wanted = HeapCost.of(type, bytes);
                if (take(wanted)) {
                    cost += wanted;
                    super.onMessage((Q) new ByteArrayInputStream(bytes));
                    if (!call.getMethodDescriptor().getType().clientSendsOneMessage()) {
                        release(); // one of many: it was dealt with
                    }
                } else {
                    refuse(
                            RequestException.exhausted(
                                    "%s would take %d KiB of the daemon's memory; all requests under"
                                            + " way may take %d KiB: send it again later, or smaller",
                                    type.getName(), wanted / 1024, limit / 1024));
                }
            } catch (IOException | IllegalArgumentException malformed) {
                refuse(RequestException.invalid(malformed));
            } finally {
                arrival.ifPresent(Arrivals.Arrival::end);
            }
        }

        private void refuse(RequestException why) {
            refused = true;
            Calls.log(type.getName(), why);
            EncodedStream.fail(call, why);
        }

        @Override
        public void onHalfClose() {
            if (refused) {
                return;
            }
            try {
                super.onHalfClose();
            } finally {
                release();
            }
        }

        @Override
        public void onCancel() {
            release();
            super.onCancel();
        }

        @Override
        public void onComplete() {
            release();
            super.onComplete();
        }

        private void release() {
            taken.addAndGet(-cost);
            cost = 0;
        }
    }
}
