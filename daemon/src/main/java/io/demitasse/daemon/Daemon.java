package io.demitasse.daemon;

import io.demitasse.daemon.configuration.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.CountDownLatch;

/** The service: everything between its socket and the kernel. */
public final class Daemon {
    private final Configuration configuration;
    private final CountDownLatch stopped = new CountDownLatch(1);

    public Daemon(Configuration configuration) {
        this.configuration = configuration;
    }

    /** Recovers what is there and serves; returns when the socket answers. */
    public void start() throws IOException {
        Files.createDirectories(configuration.state());
        throw new UnsupportedOperationException(
                "nothing serves " + configuration.socket() + " yet");
    }

    /** Returns when {@link #stop} has been called. */
    public void awaitTermination() throws InterruptedException {
        stopped.await();
    }

    /** Ends the service and leaves every container running. */
    public void stop() {
        stopped.countDown();
    }
}
