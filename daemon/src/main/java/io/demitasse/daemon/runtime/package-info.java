/**
 * RuntimeService: one class per call, named like it, and what several of them share.
 *
 * <p>A handler checks its request, does its work on the floors below, and publishes the result
 * through the pod's mailbox. Handlers that only read ({@code List*}, {@code *Status}, {@code
 * Version}) run on the network thread and never block; the others run on platform threads of their
 * own, because system calls block. Descriptors live no longer than the call that opened them. Not
 * here: images, gRPC codes.
 */
@NullMarked
package io.demitasse.daemon.runtime;

import org.jspecify.annotations.NullMarked;
