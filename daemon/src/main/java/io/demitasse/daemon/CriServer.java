package io.demitasse.daemon;

import io.demitasse.daemon.call.RequestBudget;
import io.demitasse.daemon.call.UnimplementedCalls;
import io.demitasse.daemon.configuration.SocketSettings;
import io.grpc.BindableService;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallExecutorSupplier;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The gRPC server on its unix socket.
 *
 * <p><b>Threads.</b> Calls that only read run on the network thread; all others on platform
 * threads, because what they do blocks in the kernel.
 */
final class CriServer implements AutoCloseable {
    private static final int MAX_MESSAGE_BYTES = 8 << 20;
    private static final int KEPT_THREADS = 4;
    private static final int MAX_THREADS = 1_024;
    private static final long IDLE_SECONDS = 60;
    private static final long GRACE_SECONDS = 5;

    private final Path socket;
    private final ExecutorService blocking = threads();
    private final Server server;

    private CriServer(Path socket, EventLoopGroup network, List<BindableService> services) {
        this.socket = socket;
        var budget = RequestBudget.ofHeap();
        var builder =
                NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
                        .channelType(EpollServerDomainSocketChannel.class)
                        .bossEventLoopGroup(network)
                        .workerEventLoopGroup(network)
                        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                        .directExecutor()
                        .callExecutor(new ByCost(blocking))
                        .addStreamTracerFactory(budget.arrivals())
                        .intercept(new UnimplementedCalls());
        services.forEach(service -> builder.addService(budget.guard(service.bindService())));
        server = builder.build();
    }

    /** Binds the socket, in place of one that a daemon before us left, and serves. */
    static CriServer start(
            SocketSettings settings, EventLoopGroup network, List<BindableService> services)
            throws IOException {
        var socket = settings.path();
        var group = group(socket, settings.group());
        Files.deleteIfExists(socket);
        var server = new CriServer(socket, network, services);
        server.server.start();
        // Until here the umask keeps everybody but root out.
        Files.getFileAttributeView(socket, PosixFileAttributeView.class).setGroup(group);
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw----"));
        return server;
    }

    private static GroupPrincipal group(Path socket, String name) throws IOException {
        try {
            return socket.getFileSystem()
                    .getUserPrincipalLookupService()
                    .lookupPrincipalByGroupName(name);
        } catch (UserPrincipalNotFoundException unknown) {
            throw new IOException(
                    "listen_group \"" + name + "\" is no group of this node", unknown);
        }
    }

    /** Refuses new calls, lets those in progress end for a while, and removes the socket. */
    @Override
    public void close() {
        server.shutdown();
        try {
            if (!server.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS)) {
                server.shutdownNow();
            }
            Files.deleteIfExists(socket);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (IOException leftBehind) {
            // the next daemon replaces it
        }
        blocking.shutdown();
    }

    /** Reads what is published, touches no kernel: cheaper to do at once than to hand over. */
    private static boolean isRead(String method) {
        var name = method.substring(method.lastIndexOf('/') + 1);
        return switch (name) {
            case "Version",
                    "Status",
                    "RuntimeConfig",
                    "ListPodSandbox",
                    "PodSandboxStatus",
                    "ListContainers",
                    "ContainerStatus",
                    "ListImages",
                    "GetContainerEvents",
                    "DumpThreads",
                    "ImageStatus" ->
                    true;
            default -> false;
        };
    }

    private static ExecutorService threads() {
        var number = new AtomicLong();
        return new ThreadPoolExecutor(
                KEPT_THREADS,
                MAX_THREADS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                task ->
                        Thread.ofPlatform()
                                .name("request-" + number.incrementAndGet())
                                .unstarted(task));
    }

    /** Chooses the thread of a call by whether it can block. */
    private record ByCost(Executor blocking) implements ServerCallExecutorSupplier {
        @Override
        public <Q, R> Executor getExecutor(ServerCall<Q, R> call, Metadata headers) {
            return isRead(call.getMethodDescriptor().getFullMethodName())
                    ? Runnable::run
                    : blocking;
        }
    }
}
