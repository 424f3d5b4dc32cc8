package io.demitasse.daemon.runtime;

import static io.demitasse.cri.v1.ContainerEventType.CONTAINER_STARTED_EVENT;

import io.demitasse.daemon.event.EventLoop;
import io.demitasse.daemon.event.Source;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.lifecycle.ContainerState;
import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.process.Pidfd;
import io.demitasse.shim.launch.Launched;
import io.demitasse.shim.protocol.ShimConnection;
import io.demitasse.shim.protocol.ShimMessage;
import java.lang.System.Logger.Level;
import java.time.Instant;

/**
 * Watches running containers: the shim tells how one ended, and the kernel, should the shim be
 * gone. A container whose shim is certainly gone is killed at once, as the next daemon would:
 * nobody reads its output any more, so that it can do nothing but fill its pipes.
 *
 * <pre>
 *   shim socket ── Exited ─────────────────▶ ContainerEnds (in the pod's mailbox)
 *        └──────── closed ──▶ init's pidfd ──▶ ContainerEnds
 * </pre>
 */
public final class ContainerWatch {
    private static final System.Logger LOGGER = System.getLogger(ContainerWatch.class.getName());

    private final EventLoop loop;
    private final ContainerEnds ends;
    private final ContainerEvents events;

    /** Watches on this loop. */
    public ContainerWatch(EventLoop loop, ContainerEnds ends, ContainerEvents events) {
        this.loop = loop;
        this.ends = ends;
        this.events = events;
    }

    /** A container was launched: publishes that, then waits for its end. */
    void started(Container container, Launched launched) {
        running(
                container,
                launched.connection(),
                launched.init(),
                new ContainerState.Started(launched.startedAt(), launched.pid()));
    }

    /** As above, for a container that was found running. Owns connection and pidfd from now on. */
    public void running(
            Container container,
            ShimConnection connection,
            Pidfd init,
            ContainerState.Started event) {
        container.hold(init);
        container
                .pod()
                .mailbox()
                .run(() -> {
                    container.apply(event);
                    events.publish(CONTAINER_STARTED_EVENT, container);
                    return container;
                });
        // Published first, watched second: an end cannot overtake the start.
        loop.watch(new ShimSource(container, connection));
    }

    /** The socket of a container's shim. */
    private final class ShimSource implements Source {
        private final Container container;
        private final ShimConnection connection;

        ShimSource(Container container, ShimConnection connection) {
            this.container = container;
            this.connection = connection;
        }

        @Override
        public Fd fd() {
            return connection.fd();
        }

        @Override
        public boolean ready() {
            try {
                for (var message = connection.receive();
                        message.isPresent();
                        message = connection.receive()) {
                    if (!understood(message.get())) {
                        return false;
                    }
                }
                return true;
            } catch (SyscallException failure) {
                LOGGER.log(Level.WARNING, "container=" + container.id() + " shim lost", failure);
                if (failure.is(Errno.ECONNRESET)) {
                    ends.kill(container);
                }
                watchInit();
                return false;
            }
        }

        /** {@return whether there is more to come} */
        private boolean understood(ShimMessage message) {
            return switch (message) {
                case ShimMessage.Exited(var status) -> {
                    ends.ended(container, status);
                    yield false;
                }
                case ShimMessage.Disconnected() -> {
                    ends.kill(container);
                    watchInit();
                    yield false;
                }
                default -> {
                    message.discard(); // a greeting that came too late
                    yield true;
                }
            };
        }

        private void watchInit() {
            LOGGER.log(
                    Level.WARNING,
                    "container={0} its shim ended before it; the exit code will be unknown",
                    container.id());
            container.init().ifPresent(init -> loop.watch(new InitSource(container, init)));
        }

        @Override
        public void close() {
            connection.close();
        }

        @Override
        public String toString() {
            return "shim of container " + container.id();
        }
    }

    /** The init of a container whose shim is gone. */
    private final class InitSource implements Source {
        private final Container container;
        private final Pidfd init;

        InitSource(Container container, Pidfd init) {
            this.container = container;
            this.init = init;
        }

        @Override
        public Fd fd() {
            return init.fd();
        }

        @Override
        public boolean ready() {
            ends.lost(container, Instant.now());
            return false;
        }

        /** The container owns the pidfd. */
        @Override
        public void close() {}

        @Override
        public String toString() {
            return "init of container " + container.id();
        }
    }
}
