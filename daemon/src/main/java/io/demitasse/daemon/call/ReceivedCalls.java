package io.demitasse.daemon.call;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Runs calls whose client sends messages while they work, no faster than the work takes them.
 *
 * <p>Each has a thread of its own, because messages come on the thread of the call, which therefore
 * may not wait. A client that goes away interrupts the work.
 */
public final class ReceivedCalls {
    private ReceivedCalls() {}

    /** Something that takes its time, and what the client sends. */
    public interface Work<Q, R> {
        /** Does it. Failures are mapped by {@link StatusMapping}. */
        R run(Source<Q> source) throws Exception;
    }

    /** Gives the messages of a client. */
    public interface Source<Q> {
        /** {@return the next message, waiting for it, or empty after the last} */
        Optional<Q> next() throws InterruptedException;
    }

    /** Begins the work; {@return what takes the messages} */
    public static <Q, R> StreamObserver<Q> begin(StreamObserver<R> answer, Work<Q, R> work) {
        var observer = (ServerCallStreamObserver<R>) answer;
        var inbox = new Inbox<Q>(observer);
        var thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("received-call")
                        .unstarted(() -> run(observer, inbox, work));
        observer.disableAutoRequest();
        observer.setOnCancelHandler(thread::interrupt);
        thread.start();
        return inbox;
    }

    private static <Q, R> void run(
            ServerCallStreamObserver<R> answer, Source<Q> source, Work<Q, R> work) {
        R response;
        try {
            response = work.run(source);
        } catch (Exception | Error failure) {
            if (!answer.isCancelled()) {
                Calls.log(work, failure);
                answer.onError(StatusMapping.of(failure));
            }
            return;
        }
        if (!answer.isCancelled()) {
            answer.onNext(response);
            answer.onCompleted();
        }
    }

    /** Room for one message; the next one is asked for when that was taken. Guarded by this. */
    private static final class Inbox<Q> implements Source<Q>, StreamObserver<Q> {
        private final ServerCallStreamObserver<?> call;
        private @Nullable Q message;
        private boolean ended;

        Inbox(ServerCallStreamObserver<?> call) {
            this.call = call;
        }

        @Override
        public Optional<Q> next() throws InterruptedException {
            call.request(1);
            synchronized (this) {
                while (message == null && !ended) {
                    wait();
                }
                var taken = Optional.ofNullable(message);
                message = null;
                return taken;
            }
        }

        @Override
        public synchronized void onNext(Q next) {
            message = next;
            notifyAll();
        }

        @Override
        public void onError(Throwable gone) {
            // The work was interrupted already.
        }

        @Override
        public synchronized void onCompleted() {
            ended = true;
            notifyAll();
        }
    }
}
