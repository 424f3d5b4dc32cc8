package io.demitasse.linux;

import io.demitasse.linux.ffm.CallState;
import io.demitasse.linux.ffm.Kernel;
import io.demitasse.linux.ffm.SystemCall;
import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file descriptor that somebody owns: closed once, never used afterwards.
 *
 * <p>The typed descriptors ({@code Pidfd}, {@code MountFd}, {@code DirectoryFd}) hold one each.
 *
 * <p><b>Threads.</b> May be shared; whoever closes it makes sure that no other thread is still in a
 * call with its number, because the kernel gives that number to the next file that is opened.
 */
public final class Fd implements AutoCloseable {
    private static final int CLOSED = -1;

    private final AtomicInteger number;
    private final String description;

    private Fd(int number, String description) {
        this.number = new AtomicInteger(number);
        this.description = description;
    }

    /** Takes ownership of a descriptor. The description says what is at its other end. */
    public static Fd owning(int number, String description) {
        if (number < 0) {
            throw new IllegalArgumentException("no descriptor: " + number + " of " + description);
        }
        return new Fd(number, description);
    }

    /**
     * {@return the descriptor's number}
     *
     * @throws IllegalStateException if it is closed
     */
    public int number() {
        int current = number.get();
        if (current == CLOSED) {
            throw new IllegalStateException("closed: " + description);
        }
        return current;
    }

    /** {@return whether {@link #close} has not been called} */
    public boolean isOpen() {
        return number.get() != CLOSED;
    }

    /** {@return what is at the other end, for messages and plans} */
    public String description() {
        return description;
    }

    /** {@return the number, which is the caller's to close from now on} */
    public int surrender() {
        int current = number();
        number.set(CLOSED);
        return current;
    }

    /** Closes the descriptor; the second call does nothing. */
    @Override
    public void close() {
        int closing = number.getAndSet(CLOSED);
        if (closing != CLOSED) {
            try (var arena = Arena.ofConfined()) {
                // close(2) frees the number whatever it returns, and nothing here could be retried
                Kernel.call(CallState.in(arena), SystemCall.CLOSE, closing);
            }
        }
    }

    @Override
    public String toString() {
        return description + " (fd " + number.get() + ")";
    }
}
