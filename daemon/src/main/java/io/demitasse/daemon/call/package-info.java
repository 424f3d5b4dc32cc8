/**
 * What every gRPC call has in common: how a handler is run and how its failure becomes a status.
 *
 * <p>Only {@link io.demitasse.daemon.call.StatusMapping} knows {@code io.grpc.Status}. Handlers are
 * called on the thread that gRPC chose. Not here: what any call does.
 */
@NullMarked
package io.demitasse.daemon.call;

import org.jspecify.annotations.NullMarked;
