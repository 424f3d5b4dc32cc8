package io.demitasse.daemon.call;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Lets one method of a service answer with messages that are encoded already. */
public final class EncodedStream {
    private static final MethodDescriptor.Marshaller<byte[]> AS_IT_IS =
            new MethodDescriptor.Marshaller<>() {
                @Override
                public InputStream stream(byte[] message) {
                    return new ByteArrayInputStream(message);
                }

                @Override
                public byte[] parse(InputStream stream) {
                    try {
                        return stream.readAllBytes();
                    } catch (IOException failure) {
                        throw new UncheckedIOException(failure);
                    }
                }
            };

    private EncodedStream() {}

    /** {@return the service, with this handler in place of the one that it has for the method} */
    public static <Q> ServerServiceDefinition in(
            ServerServiceDefinition service,
            MethodDescriptor<Q, ?> method,
            ServerCallHandler<Q, byte[]> handler) {
        var encoded = method.toBuilder(method.getRequestMarshaller(), AS_IT_IS).build();
        var descriptor = ServiceDescriptor.newBuilder(service.getServiceDescriptor().getName());
        for (var other : service.getServiceDescriptor().getMethods()) {
            descriptor.addMethod(isSame(other, method) ? encoded : other);
        }
        var changed = ServerServiceDefinition.builder(descriptor.build());
        for (var other : service.getMethods()) {
            if (!isSame(other.getMethodDescriptor(), method)) {
                changed.addMethod(other);
            }
        }
        return changed.addMethod(encoded, handler).build();
    }

    /** Ends a call with the status of a failure. */
    public static void fail(ServerCall<?, ?> call, Throwable failure) {
        call.close(StatusMapping.of(failure).getStatus(), new Metadata());
    }

    private static boolean isSame(MethodDescriptor<?, ?> one, MethodDescriptor<?, ?> other) {
        return one.getFullMethodName().equals(other.getFullMethodName());
    }
}
