package io.demitasse.daemon.call;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/**
 * Runs calls that send messages while they work, no faster than their client takes them.
 *
 * <p>Each has a thread of its own: gRPC tells about readiness and cancellation on the thread of the
 * call, which therefore may not wait. A client that goes away interrupts the work.
 */
public final class StreamedCalls {
    private StreamedCalls() {}

    /** Something that takes its time and tells about it. */
    public interface Work<Q, R> {
        /** Does it. Failures are mapped by {@link StatusMapping}. */
        void run(Q request, Sink<R> sink) throws Exception;
    }

    /** Takes messages for a client. */
    public interface Sink<R> {
        /** Sends a message when the client is ready for one. */
        void send(R message) throws InterruptedException;
    }

    /** Begins the work and returns. */
    public static <Q, R> void begin(Q request, StreamObserver<R> answer, Work<Q, R> work) {
        var observer = (ServerCallStreamObserver<R>) answer;
        var gate = new Gate<>(observer);
        var thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("streamed-call")
                        .unstarted(() -> run(request, observer, gate, work));
        observer.setOnReadyHandler(gate::open);
        observer.setOnCancelHandler(thread::interrupt);
        thread.start();
    }

    private static <Q, R> void run(
            Q request, ServerCallStreamObserver<R> answer, Sink<R> sink, Work<Q, R> work) {
        try {
            RequestText.check(request);
            work.run(request, sink);
        } catch (Exception | Error failure) {
            if (!answer.isCancelled()) {
                Calls.log(request, failure);
                answer.onError(StatusMapping.of(failure));
            }
            return;
        }
        if (!answer.isCancelled()) {
            answer.onCompleted();
        }
    }

    /** Closed while the client has enough. */
    private static final class Gate<R> implements Sink<R> {
        private final ServerCallStreamObserver<R> answer;

        Gate(ServerCallStreamObserver<R> answer) {
            this.answer = answer;
        }

        synchronized void open() {
            notifyAll();
        }

        @Override
        public synchronized void send(R message) throws InterruptedException {
            while (!answer.isReady() && !answer.isCancelled()) {
                wait();
            }
            if (answer.isCancelled()) {
                throw new InterruptedException("the client has gone");
            }
            answer.onNext(message);
        }
    }
}
