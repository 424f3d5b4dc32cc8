/**
 * Root filesystems of containers: an image's layers below, a writable one above.
 *
 * <p>{@link io.demitasse.storage.overlay.Snapshots} may be shared by threads; each container's
 * calls come one at a time. A mount that it hands out belongs to the caller and is in no mount
 * table. Nothing on the way from {@code create} to {@code mount} walks, parses or waits for the
 * device. Not here: what is mounted inside of a container.
 */
@NullMarked
package io.demitasse.storage.overlay;

import org.jspecify.annotations.NullMarked;
