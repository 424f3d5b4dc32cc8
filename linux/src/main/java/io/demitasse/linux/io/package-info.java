/**
 * Readiness and memory without a name: epoll, eventfd, memfd, pipes.
 *
 * <p>{@link io.demitasse.linux.io.Epoll} belongs to the thread that created it. An {@link
 * io.demitasse.linux.io.EventFd} may be signalled by anybody and is reset by the thread that waits
 * on it. Each type owns the descriptor it opened, close-on-exec always. Not here: files with a
 * name, which are in {@code linux.file}.
 */
@NullMarked
package io.demitasse.linux.io;

import org.jspecify.annotations.NullMarked;
