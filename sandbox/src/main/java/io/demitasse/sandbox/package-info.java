/**
 * One pod, below its containers: namespaces that outlive processes, hostname, DNS, sysctls, shared
 * memory, and a place in a network.
 *
 * <p>Start at {@link io.demitasse.sandbox.Sandboxes}. A sandbox is what the kernel and the state
 * directory say it is; nothing here keeps a second opinion in memory, so a daemon that restarts
 * just opens what it finds.
 *
 * <p><b>Threads.</b> All types may be shared. Calls about one sandbox are serialized by the caller.
 *
 * <p><b>Memory.</b> Descriptors returned to a caller are the caller's to close.
 *
 * <p>Not here: records of what was promised (the daemon's), containers, and CRI messages.
 */
@NullMarked
package io.demitasse.sandbox;

import org.jspecify.annotations.NullMarked;
