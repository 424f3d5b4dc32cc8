package io.demitasse.daemon.lifecycle;

import io.demitasse.daemon.record.v1.SandboxRecord;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A pod sandbox: what was promised, whether it is ready, and its containers.
 *
 * <p><b>Threads.</b> Readiness changes in the mailbox only and may be read by anybody. {@link
 * #operations} keeps stop and remove of the sandbox apart.
 */
public final class Pod {
    private final SandboxRecord record;
    private final Mailbox mailbox;
    private final ReentrantLock operations = new ReentrantLock();
    private final ConcurrentMap<String, Container> containers = new ConcurrentHashMap<>();
    private final CpuRate cpuRate = new CpuRate();
    private volatile boolean ready;

    /** A pod as it was created or found again. */
    public Pod(SandboxRecord record, Mailbox mailbox, boolean ready) {
        this.record = record;
        this.mailbox = mailbox;
        this.ready = ready;
    }

    /** {@return the promise} */
    public SandboxRecord record() {
        return record;
    }

    /** {@return its 64 hexadecimal digits} */
    public String id() {
        return record.getId();
    }

    /** {@return the queue of all that changes this pod} */
    public Mailbox mailbox() {
        return mailbox;
    }

    /** {@return the lock that keeps stop and remove apart} */
    public ReentrantLock operations() {
        return operations;
    }

    /** {@return SANDBOX_READY or not} */
    public boolean isReady() {
        return ready;
    }

    /** Nothing can be created in this pod any more. To be called in the mailbox. */
    public void retire() {
        ready = false;
    }

    /** {@return how fast it uses processors} */
    public CpuRate cpuRate() {
        return cpuRate;
    }

    /** {@return its containers, in no order} */
    public Collection<Container> containers() {
        return containers.values();
    }

    /** Adds a container that was created or found again. */
    public void add(Container container) {
        containers.put(container.id(), container);
    }

    /** Drops a container that is gone. */
    public void drop(Container container) {
        containers.remove(container.id());
    }
}
