/**
 * Names of images and digests of content, as values.
 *
 * <p>Pure: no input or output, no descriptors, any thread. Not here: where a registry of a name is.
 */
@NullMarked
package io.demitasse.storage.reference;

import org.jspecify.annotations.NullMarked;
