package io.demitasse.conformance.daemon;

import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import io.demitasse.cri.v1.RuntimeCondition;
import io.demitasse.cri.v1.RuntimeServiceGrpc;
import io.demitasse.cri.v1.RuntimeStatus;
import io.demitasse.cri.v1.StatusResponse;
import io.demitasse.cri.v1.VersionResponse;
import io.grpc.HandlerRegistry;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerMethodDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.util.Map;

/**
 * A CRI runtime that does nothing and says that all went well: what judges runtimes must not let it
 * pass. Started from its source, on the classpath of the distribution, with the path of its socket.
 */
final class EmptyAnswers extends HandlerRegistry {
    private static final Map<String, Message> ANSWERS =
            Map.of(
                    RuntimeServiceGrpc.getVersionMethod().getFullMethodName(),
                    VersionResponse.newBuilder()
                            .setVersion("0.1.0")
                            .setRuntimeName("empty")
                            .setRuntimeVersion("0")
                            .setRuntimeApiVersion("v1")
                            .build(),
                    RuntimeServiceGrpc.getStatusMethod().getFullMethodName(),
                    StatusResponse.newBuilder()
                            .setStatus(
                                    RuntimeStatus.newBuilder()
                                            .addConditions(ready("RuntimeReady"))
                                            .addConditions(ready("NetworkReady")))
                            .build());

    public static void main(String[] arguments) throws IOException, InterruptedException {
        var loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        NettyServerBuilder.forAddress(new DomainSocketAddress(arguments[0]))
                .channelType(EpollServerDomainSocketChannel.class)
                .bossEventLoopGroup(loops)
                .workerEventLoopGroup(loops)
                .fallbackHandlerRegistry(new EmptyAnswers())
                .build()
                .start()
                .awaitTermination();
    }

    /** Whatever a request says is an unknown field of an empty message. */
    @Override
    public ServerMethodDefinition<?, ?> lookupMethod(String method, String authority) {
        var answer = ANSWERS.getOrDefault(method, Empty.getDefaultInstance());
        var descriptor =
                MethodDescriptor.<Empty, Message>newBuilder()
                        .setType(MethodType.UNARY)
                        .setFullMethodName(method)
                        .setRequestMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
                        .setResponseMarshaller(ProtoUtils.marshaller(answer))
                        .build();
        return ServerMethodDefinition.create(
                descriptor,
                ServerCalls.asyncUnaryCall((request, observer) -> {
                    observer.onNext(answer);
                    observer.onCompleted();
                }));
    }

    private static RuntimeCondition ready(String type) {
        return RuntimeCondition.newBuilder().setType(type).setStatus(true).build();
    }
}
