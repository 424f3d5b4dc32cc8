/**
 * The streaming server: what Exec, Attach and PortForward hand out is a URL of it, good once and
 * for a minute.
 *
 * <pre>
 *   HTTP upgrade ─┬─ SPDY/3.1, as such or in a WebSocket ─┬─▶ command ──▶ CommandSession, a thread
 *                 └─ channels of a WebSocket ─────────────┴─▶ port forward ──▶ sockets in the pod
 * </pre>
 *
 * <p><b>Threads.</b> All connections share one network thread, which never blocks. A command has a
 * thread of its own, because pipes and terminals are no sockets. Descriptors belong to the session
 * that uses them. Not here: containers, pods, gRPC.
 */
@NullMarked
package io.demitasse.daemon.stream;

import org.jspecify.annotations.NullMarked;
