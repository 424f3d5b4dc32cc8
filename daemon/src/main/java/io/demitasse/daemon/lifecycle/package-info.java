/**
 * What a pod and a container are while the daemon runs: identity, state, the legal transitions.
 *
 * <p>Each pod has one {@link io.demitasse.daemon.lifecycle.Mailbox}; whatever changes the state of
 * the pod or of its containers is a task in it, so every state has one writer at a time. What
 * readers see is an immutable record behind a volatile field: {@code List*} and {@code *Status}
 * take no lock. Not here: system calls, files, gRPC.
 */
@NullMarked
package io.demitasse.daemon.lifecycle;

import org.jspecify.annotations.NullMarked;
