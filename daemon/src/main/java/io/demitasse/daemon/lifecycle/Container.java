package io.demitasse.daemon.lifecycle;

import io.demitasse.daemon.record.v1.ContainerRecord;
import io.demitasse.linux.process.Pidfd;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A container: what was promised, and where it is in its life.
 *
 * <p><b>Threads.</b> The state changes in the pod's mailbox only and may be read by anybody. {@link
 * #exclusive} keeps requests that change the container in the kernel (start, remove) apart, {@link
 * #shared} lets others use its descriptors meanwhile (exec, signals).
 */
public final class Container {
    private final Pod pod;
    private final ReentrantReadWriteLock operations = new ReentrantReadWriteLock();
    private final CompletableFuture<ContainerState.Exited> exited = new CompletableFuture<>();
    private volatile ContainerRecord record;
    private volatile Optional<Pidfd> init = Optional.empty();
    private volatile ContainerState state;

    /** A container as it was created or found again. */
    public Container(Pod pod, ContainerRecord record, ContainerState state) {
        this.pod = pod;
        this.record = record;
        this.state = state;
        if (state instanceof ContainerState.Exited end) {
            exited.complete(end);
        }
    }

    /** {@return the promise} */
    public ContainerRecord record() {
        return record;
    }

    /** Replaces the promise by one with the same id; hold {@link #exclusive}. */
    public void promise(ContainerRecord changed) {
        record = changed;
    }

    /** {@return its 64 hexadecimal digits} */
    public String id() {
        return record.getId();
    }

    /** {@return the pod that it belongs to} */
    public Pod pod() {
        return pod;
    }

    /** {@return where it is in its life, as of now} */
    public ContainerState state() {
        return state;
    }

    /** {@return the lock of start and remove} */
    public Lock exclusive() {
        return operations.writeLock();
    }

    /** {@return the lock of whoever uses the container's pidfd, which remove closes} */
    public Lock shared() {
        return operations.readLock();
    }

    /** {@return completed once the container has ended, and not before its end was recorded} */
    public CompletableFuture<ContainerState.Exited> exited() {
        return exited;
    }

    /** Hands over the pidfd of the running init; {@link #release} closes it. */
    public void hold(Pidfd pidfd) {
        init = Optional.of(pidfd);
    }

    /** {@return the init's pidfd, from its start to {@link #release}; hold {@link #shared}} */
    public Optional<Pidfd> init() {
        return init;
    }

    /** Makes a legal step. To be called in the pod's mailbox. */
    public void apply(ContainerState.Event event) {
        state = state.after(event);
        if (state instanceof ContainerState.Exited end) {
            exited.complete(end);
        }
    }

    /** Closes the pidfd; hold {@link #exclusive}. */
    public void release() {
        init.ifPresent(Pidfd::close);
        init = Optional.empty();
    }
}
