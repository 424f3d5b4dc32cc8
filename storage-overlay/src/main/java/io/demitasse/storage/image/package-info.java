/**
 * Images: pulled, loaded, kept, found by any of their names, removed, and looked into.
 *
 * <p>{@link io.demitasse.storage.image.ImageStore} owns the records on disk and their parsed form
 * in memory; everything that containers ask of it is answered from memory. {@link
 * io.demitasse.storage.image.ImageFiles} reads single files of an image without mounting it.
 *
 * <p><b>Threads.</b> The store and the reader may be shared; pulls block the calling thread, which
 * should be one that may be blocked. <b>Ownership.</b> Callers get values and nothing to close but
 * the store. Not here: containers, see {@code overlay}.
 */
@NullMarked
package io.demitasse.storage.image;

import org.jspecify.annotations.NullMarked;
