package io.demitasse.daemon.runtime;

import static io.demitasse.cri.v1.ContainerEventType.CONTAINER_STOPPED_EVENT;

import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.lifecycle.ContainerState;
import io.demitasse.daemon.lifecycle.ContainerState.Ended;
import io.demitasse.daemon.record.v1.ContainerEnd;
import io.demitasse.daemon.store.RecordDirectory;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.cgroup.Cgroup;
import io.demitasse.shim.protocol.ExitFile;
import io.demitasse.shim.protocol.ExitStatus;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * What happens when a container has ended: whatever it left in its cgroup is killed, the verdict is
 * written down, then published.
 *
 * <p><b>Threads.</b> Called on the event loop or by a request; the work is done in the pod's
 * mailbox.
 */
public final class ContainerEnds {
    /** The file beside a container's record that says how it ended. */
    public static final String END = "end";

    private static final System.Logger LOGGER = System.getLogger(ContainerEnds.class.getName());
    private static final int MAX_MESSAGE = 4096;
    private static final int EXIT_UNKNOWN = 255;
    private static final int EXIT_NOT_STARTED = 128;

    private final RecordDirectory records;
    private final CgroupPlacement placement;
    private final ContainerPaths paths;
    private final ContainerEvents events;
    private final InstantSource clock;

    /** Writes ends beside these records. */
    public ContainerEnds(
            RecordDirectory records,
            CgroupPlacement placement,
            ContainerPaths paths,
            ContainerEvents events,
            InstantSource clock) {
        this.records = records;
        this.placement = placement;
        this.paths = paths;
        this.events = events;
        this.clock = clock;
    }

    /** The shim said how it ended. */
    public void ended(Container container, ExitStatus status) {
        container.pod().mailbox().post(() -> finish(container, verdict(container, status)));
    }

    /** Its init is gone and nobody told how; the shim may still have written it down. */
    void lost(Container container, Instant at) {
        container.pod().mailbox().post(() -> finish(container, verdictWithoutShim(container, at)));
    }

    /** Kills all of a container whose shim is gone; its init tells when it is over. */
    void kill(Container container) {
        container.pod().mailbox().post(() -> sweep(container));
    }

    /** It could not be started: nothing of it runs, and it never will. */
    void refused(Container container, Exception failure) {
        var end =
                new Ended(
                        clock.instant(),
                        EXIT_NOT_STARTED,
                        "StartError",
                        bounded(String.valueOf(failure.getMessage())));
        container
                .pod()
                .mailbox()
                .run(() -> {
                    finish(container, end);
                    return end;
                });
        try {
            Cgroups.end(placement.container(container.pod().record(), container.id()));
        } catch (IOException suppressed) {
            failure.addSuppressed(suppressed);
        }
    }

    /** It stays in memory and in each answer for as long as the container does. */
    private static String bounded(String message) {
        return message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE) + "…";
    }

    /** {@return how a container without a shim ended: by its exit file, or unknown} */
    public Ended verdictWithoutShim(Container container, Instant at) {
        try {
            var exit = ExitFile.read(paths.exit(container.id()));
            if (exit.isPresent()) {
                return verdict(container, exit.get().status());
            }
        } catch (IOException unreadable) {
            LOGGER.log(Level.WARNING, "container=" + container.id() + " exit file", unreadable);
        }
        return new Ended(
                at,
                EXIT_UNKNOWN,
                "Unknown",
                "its shim was killed: nobody read its output any more, and it was killed as well");
    }

    /** Records an end and publishes it, once. To be called in the pod's mailbox. */
    public void finish(Container container, Ended end) {
        if (container.state() instanceof ContainerState.Exited) {
            return; // the shim's word and the kernel's can both arrive
        }
        sweep(container);
        record(container, end);
        container.apply(end);
        events.publish(CONTAINER_STOPPED_EVENT, container);
        LOGGER.log(
                Level.DEBUG,
                "container={0} sandbox={1} exit_code={2} reason={3}",
                container.id(),
                container.pod().id(),
                end.exitCode(),
                end.reason());
    }

    private Ended verdict(Container container, ExitStatus status) {
        boolean outOfMemory = status.exitCode() != 0 && killedForMemory(container);
        var reason = outOfMemory ? "OOMKilled" : status.exitCode() == 0 ? "Completed" : "Error";
        return new Ended(status.finishedAt(), status.exitCode(), reason, "");
    }

    /** Read before the end is published, so that nobody sees the exit without its cause. */
    private boolean killedForMemory(Container container) {
        return open(container)
                .map(cgroup -> {
                    try (cgroup) {
                        return cgroup.read("memory.events")
                                .lines()
                                .anyMatch(line -> line.matches("oom_kill [1-9][0-9]*"));
                    } catch (SyscallException noController) {
                        return false;
                    }
                })
                .orElse(false);
    }

    /** In a shared PID namespace the end of the init does not end the others. */
    private void sweep(Container container) {
        open(container)
                .ifPresent(cgroup -> {
                    try (cgroup) {
                        if (cgroup.populated()) {
                            cgroup.kill();
                        }
                    } catch (SyscallException failure) {
                        LOGGER.log(
                                Level.WARNING,
                                "container=" + container.id() + " leaves processes",
                                failure);
                    }
                });
    }

    private Optional<Cgroup> open(Container container) {
        try {
            return Optional.of(
                    Cgroup.open(placement.container(container.pod().record(), container.id())));
        } catch (SyscallException gone) {
            return Optional.empty();
        }
    }

    private void record(Container container, Ended end) {
        var startedAt =
                container.state() instanceof ContainerState.Running running
                        ? Timestamps.nanos(running.startedAt())
                        : 0;
        try {
            records.put(
                    container.id(),
                    END,
                    ContainerEnd.newBuilder()
                            .setStartedAt(startedAt)
                            .setFinishedAt(Timestamps.nanos(end.at()))
                            .setExitCode(end.exitCode())
                            .setReason(end.reason())
                            .setMessage(end.message())
                            .build());
        } catch (IOException failure) {
            // the exit file in the state directory still tells, until the next reboot
            LOGGER.log(
                    Level.WARNING,
                    "container=" + container.id() + " end cannot be recorded, ignoring",
                    failure);
        }
    }
}
