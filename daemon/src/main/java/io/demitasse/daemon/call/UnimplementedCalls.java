package io.demitasse.daemon.call;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/**
 * Says in a sentence what is not there yet, in place of gRPC's "Method … is unimplemented".
 *
 * <p>Which calls these are is not listed anywhere: a call is unimplemented as long as no endpoint
 * overrides its generated method.
 */
public final class UnimplementedCalls implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        return next.startCall(
                new SimpleForwardingServerCall<>(call) {
                    @Override
                    public void close(io.grpc.Status status, Metadata trailers) {
                        super.close(StatusMapping.explained(status, method(call)), trailers);
                    }
                },
                headers);
    }

    private static String method(ServerCall<?, ?> call) {
        var name = call.getMethodDescriptor().getBareMethodName();
        return name == null ? call.getMethodDescriptor().getFullMethodName() : name;
    }
}
