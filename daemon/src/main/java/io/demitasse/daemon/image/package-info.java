/**
 * ImageService: one class per call, named like it, and the admin calls about images.
 *
 * <p>Handlers translate between CRI and {@code storage-overlay}, which does the work. Not here:
 * registries, layers, files.
 */
@NullMarked
package io.demitasse.daemon.image;

import org.jspecify.annotations.NullMarked;
