/**
 * Decompression that the JDK does not have, by the libraries of the system.
 *
 * <p>A {@link io.demitasse.linux.compression.ZstdStream} belongs to the thread that opened it,
 * which closes it; it owns its native memory and the stream that it reads from. Not here: gzip,
 * which the JDK has, and compressing.
 */
@NullMarked
package io.demitasse.linux.compression;

import org.jspecify.annotations.NullMarked;
