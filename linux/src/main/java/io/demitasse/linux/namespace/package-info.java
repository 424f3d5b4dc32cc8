/**
 * Namespaces that a thread of a JVM can make and hold: network, IPC and UTS.
 *
 * <p>{@link io.demitasse.linux.namespace.NamespaceThread} makes them on a thread of its own, {@link
 * io.demitasse.linux.namespace.NamespacePin} keeps them alive without a process.
 *
 * <p><b>Threads.</b> A thread that entered a namespace never returns to a pool: it ends.
 *
 * <p>Not here: mount, user and PID namespaces. The kernel refuses a threaded process that unshares
 * or joins them ({@code EINVAL}, unshare(2), setns(2)); the shim does it.
 */
@NullMarked
package io.demitasse.linux.namespace;

import org.jspecify.annotations.NullMarked;
