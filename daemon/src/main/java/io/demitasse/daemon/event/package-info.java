/**
 * Events on their way up: one thread waits for everything that the kernel reports, one tells
 * clients.
 *
 * <p>{@link io.demitasse.daemon.event.EventLoop} owns the epoll instance and the sources it
 * watches; other threads hand it commands through a bounded queue. It only reads and publishes:
 * what an event means is decided in the pod's mailbox. From there it goes on, encoded, into the
 * {@link io.demitasse.daemon.event.EventLog}, which clients read. Not here: states, files, gRPC.
 */
@NullMarked
package io.demitasse.daemon.event;

import org.jspecify.annotations.NullMarked;
