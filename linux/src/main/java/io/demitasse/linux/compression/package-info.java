/**
 * Decompression by the libraries of the system: zstd, which the JDK does not have, and gzip.
 *
 * <p>A channel belongs to the thread that opened it, which closes it; it owns its native memory and
 * the channel that it reads from. Reading into a direct buffer copies nothing. Not here:
 * compressing.
 */
@NullMarked
package io.demitasse.linux.compression;

import org.jspecify.annotations.NullMarked;
