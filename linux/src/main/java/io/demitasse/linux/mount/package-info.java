/**
 * Mounts: filesystems made and configured detached, attached where they are wanted, taken away.
 *
 * <p>A {@link io.demitasse.linux.mount.DetachedMount} is in no mount table until it is attached,
 * and vanishes with its last descriptor if it never is. {@link io.demitasse.linux.mount.Mounts}
 * holds the few operations on paths of the host.
 *
 * <p><b>Threads.</b> A {@link io.demitasse.linux.mount.FilesystemContext} belongs to the thread
 * that opened it; the rest may be shared. All calls act on the mount namespace of the calling
 * thread. <b>Ownership.</b> Whoever created a mount closes its descriptor. Not here: what a
 * container's mounts should be.
 */
@NullMarked
package io.demitasse.linux.mount;

import org.jspecify.annotations.NullMarked;
