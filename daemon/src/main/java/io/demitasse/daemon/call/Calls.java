package io.demitasse.daemon.call;

import io.grpc.stub.StreamObserver;
import java.lang.System.Logger.Level;
import java.util.List;

/** Runs a handler for a unary call. */
public final class Calls {
    private static final System.Logger LOGGER = System.getLogger(Calls.class.getName());

    private static final long NANOS_PER_MICRO = 1_000;

    private Calls() {}

    /** Answers with what the handler returns, or with the status of its failure, logged once. */
    public static <Q, R> void unary(Q request, StreamObserver<R> answer, Handler<Q, R> handler) {
        long began = System.nanoTime();
        R response;
        try {
            RequestText.check(request);
            response = handler.handle(request);
        } catch (Exception | Error failure) {
            log(request, failure);
            answer.onError(StatusMapping.of(failure));
            return;
        }
        answer.onNext(response);
        answer.onCompleted();
        if (LOGGER.isLoggable(Level.TRACE)) {
            LOGGER.log(
                    Level.TRACE,
                    "call={0} micros={1}",
                    request.getClass().getSimpleName(),
                    (System.nanoTime() - began) / NANOS_PER_MICRO);
        }
    }

    /** As {@link #unary}, with any number of messages. */
    public static <Q, R> void stream(
            Q request, StreamObserver<R> answer, Handler<Q, List<R>> handler) {
        List<R> messages;
        try {
            RequestText.check(request);
            messages = handler.handle(request);
        } catch (Exception | Error failure) {
            log(request, failure);
            answer.onError(StatusMapping.of(failure));
            return;
        }
        messages.forEach(answer::onNext);
        answer.onCompleted();
    }

    static void log(Object request, Throwable failure) {
        var status = StatusMapping.of(failure);
        boolean ours = StatusMapping.isOurs(failure);
        // The type of the request only: its fields may hold secrets.
        var line =
                "call="
                        + request.getClass().getSimpleName()
                        + " status="
                        + status.getStatus().getCode()
                        + " "
                        + status.getStatus().getDescription();
        if (!ours) {
            LOGGER.log(Level.DEBUG, line);
        } else if (failure instanceof RuntimeException || failure instanceof Error) {
            LOGGER.log(Level.ERROR, line, failure);
        } else {
            LOGGER.log(Level.WARNING, line);
        }
    }
}
