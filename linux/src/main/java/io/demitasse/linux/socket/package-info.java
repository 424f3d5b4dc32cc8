/**
 * Unix sockets that keep message boundaries and carry descriptors.
 *
 * <p>Here are {@code AF_UNIX}, {@code SOCK_SEQPACKET} and {@code SCM_RIGHTS}. A socket may be
 * shared: each send and each receive is one message, whole or not at all. The receiver owns the
 * descriptors of a {@link io.demitasse.linux.socket.Packet}. Not here: netlink and streams.
 */
@NullMarked
package io.demitasse.linux.socket;

import org.jspecify.annotations.NullMarked;
