/**
 * The daemon: wiring, its socket, and what is common to all calls.
 *
 * <p>{@link io.demitasse.daemon.Daemon} builds everything once and owns it. Requests come in on
 * gRPC threads and go down to {@code runtime} and {@code image}, one class per call; events come up
 * through {@code event} into the pods' mailboxes in {@code lifecycle}. Not here: any decision about
 * a pod.
 */
@NullMarked
package io.demitasse.daemon;

import org.jspecify.annotations.NullMarked;
