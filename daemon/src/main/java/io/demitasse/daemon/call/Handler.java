package io.demitasse.daemon.call;

/** One unary call: a request in, a response or a failure out. */
@FunctionalInterface
public interface Handler<Q, R> {
    /** Does what the call says. Failures are mapped by {@link StatusMapping}. */
    R handle(Q request) throws Exception;
}
