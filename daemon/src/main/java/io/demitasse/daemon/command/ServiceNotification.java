package io.demitasse.daemon.command;

import static java.lang.System.Logger.Level.WARNING;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.socket.DatagramSocket;
import java.util.Optional;

/**
 * What a service manager wants to know of us, by sd_notify(3); nothing when there is none.
 *
 * <p><b>Threads.</b> May be shared.
 */
final class ServiceNotification {
    private static final System.Logger LOG = System.getLogger("io.demitasse.daemon");

    private final Optional<String> socketName;

    ServiceNotification(Optional<String> socketName) {
        this.socketName = socketName;
    }

    /** {@return notification of whoever started this process with {@code NOTIFY_SOCKET} set} */
    static ServiceNotification fromEnvironment() {
        return new ServiceNotification(
                Optional.ofNullable(System.getenv("NOTIFY_SOCKET"))
                        .filter(name -> !name.isEmpty()));
    }

    /** Sends one state such as {@code READY=1}; a manager that does not listen stops nobody. */
    void send(String state) {
        if (socketName.isEmpty()) {
            return;
        }
        try (var socket = DatagramSocket.open()) {
            socket.send(state, socketName.get());
        } catch (SyscallException refused) {
            LOG.log(WARNING, "cannot notify the service manager, ignoring", refused);
        }
    }
}
