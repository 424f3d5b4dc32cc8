package io.demitasse.daemon.event;

/** Somebody who reads an {@link EventLog}. Called on the log's thread: must not block. */
public interface Subscriber {
    /** What is published from now on will be told. */
    void began();

    /**
     * {@return whether it takes another event now; if not, it says so by waking the subscription}
     */
    boolean isReady();

    /** The next event. */
    void accept(byte[] event);

    /** So many events can no longer be told; this is the last call. */
    void missed(long events);

    /** There will be no more events; this is the last call. */
    void ended();
}
