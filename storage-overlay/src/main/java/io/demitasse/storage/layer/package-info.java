/**
 * Layers of images: unpacking their archives safely, keeping and sharing their file trees.
 *
 * <p>A layer exists completely or not at all: it is unpacked beside, verified, put on the device
 * and then renamed into place. Archives are hostile until proven otherwise: every name is bytes,
 * every path is resolved beneath the layer by descriptor, and no symbolic link is followed on the
 * way.
 *
 * <p><b>Threads.</b> {@link io.demitasse.storage.layer.LayerStore} may be shared; a {@code
 * TarReader} and a {@code LayerUnpacker} belong to one thread. <b>Ownership.</b> The store owns its
 * directories' descriptors. Not here: where archives come from.
 */
@NullMarked
package io.demitasse.storage.layer;

import org.jspecify.annotations.NullMarked;
