package io.demitasse.daemon;

import io.demitasse.daemon.configuration.Configuration;
import io.demitasse.daemon.event.EventLog;
import io.demitasse.daemon.event.EventLoop;
import io.demitasse.daemon.metrics.MetricsServer;
import io.demitasse.daemon.runtime.CgroupPlacement;
import io.demitasse.linux.file.FileLock;
import io.demitasse.shim.launch.Spawner;
import io.demitasse.shim.launch.SpawnerOptions;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The service: everything between its socket and the kernel.
 *
 * <p>Starting is recovering: there is no other way to start. Stopping lets go of everything and
 * ends nothing; so does {@code kill -9}.
 */
public final class Daemon {
    private static final System.Logger LOGGER = System.getLogger(Daemon.class.getName());

    private final Configuration configuration;
    private final ServicePaths paths;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    /** A daemon that will be as configured. */
    public Daemon(Configuration configuration) {
        this.configuration = configuration;
        this.paths = ServicePaths.of(configuration);
    }

    /**
     * Recovers what is there and serves; returns when the socket answers.
     *
     * @throws IOException if another daemon uses the state directory, or the node lacks something
     *     without which no pod can run
     */
    public synchronized void start() throws IOException {
        try {
            open();
        } catch (IOException | RuntimeException failure) {
            close();
            throw failure;
        }
    }

    /** Returns when {@link #stop} has been called. */
    public void awaitTermination() throws InterruptedException {
        stopped.await();
    }

    /** Ends the service and leaves every container running. */
    public synchronized void stop() {
        close();
        stopped.countDown();
    }

    private void open() throws IOException {
        OwnDirectories.prepare(paths, configuration.socket().path());
        lock();
        var placement = new CgroupPlacement(configuration.cgroupRoot());
        var spawner = spawner(placement);
        var loop = new EventLoop();
        var network = network();
        var events = new EventLog(network);
        var services = keep(Services.open(configuration, paths, placement, spawner, loop, events));
        var thread = Thread.ofPlatform().name("event-loop").daemon().start(loop);
        keep(() -> {
            loop.stop();
            thread.join();
        });
        services.recover();
        var metrics = configuration.metrics().address();
        if (metrics.isPresent()) {
            keep(MetricsServer.start(metrics.get(), services.figures()));
        }
        keep(CriServer.start(configuration.socket(), network, services.endpoints()));
        keep(events); // closed first: a server waits for the end of its streams
    }

    /** One thread for all clients: what it does for them is short. */
    private EventLoopGroup network() {
        var group =
                new MultiThreadIoEventLoopGroup(
                        1, new DefaultThreadFactory("network"), EpollIoHandler.newFactory());
        keep(() -> group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly());
        return group;
    }

    private void lock() throws IOException {
        keep(
                FileLock.tryExclusive(paths.daemonLock())
                        .orElseThrow(() ->
                                new IOException(
                                        "another daemon uses "
                                                + paths.state()
                                                + ": it holds "
                                                + paths.daemonLock())));
    }

    private Spawner spawner(CgroupPlacement placement) throws IOException {
        return keep(
                Spawner.start(
                        new SpawnerOptions(
                                configuration.shimBinary(),
                                Optional.of(placement.shims()),
                                paths.spawnerLock())));
    }

    private <T extends AutoCloseable> T keep(T resource) {
        opened.push(resource);
        return resource;
    }

    private void close() {
        while (!opened.isEmpty()) {
            var resource = opened.pop();
            try {
                resource.close();
            } catch (Exception failure) {
                LOGGER.log(Level.WARNING, "cannot close " + resource + ", ignoring", failure);
            }
        }
    }
}
