/**
 * What the shim and the daemon say to each other, and the exit file.
 *
 * <p>One message is one packet of fixed layout, versioned and additive: a reader ignores bytes it
 * does not know, because an old shim meets a new daemon on every upgrade. A {@link
 * io.demitasse.shim.protocol.ShimConnection} has one reading thread at a time. Descriptors of a
 * received message belong to the receiver. Not here: what an exit means for a container.
 */
@NullMarked
package io.demitasse.shim.protocol;

import org.jspecify.annotations.NullMarked;
