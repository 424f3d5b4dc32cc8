/**
 * Images and writable layers on disk.
 *
 * <p>Here is what all parts of the store share: where things are, {@link
 * io.demitasse.storage.StoragePaths}, and how much they take. The parts are {@code reference}
 * (names of images), {@code registry} (where they come from), {@code layer} (unpacking and keeping
 * their file trees), {@code image} (the images themselves) and {@code overlay} (containers' root
 * filesystems). Values here may be used by any thread and own no descriptor. Not here: CRI, gRPC,
 * logging.
 */
@NullMarked
package io.demitasse.storage;

import org.jspecify.annotations.NullMarked;
