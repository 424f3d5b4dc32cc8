/**
 * Hashing at the processor's speed, by the system's libcrypto where there is one.
 *
 * <p>The JDK's SHA-256 is fast only once its second compiler has replaced it, which a daemon that
 * saves memory runs without: there it is ten times slower than the library. Without the library the
 * JDK's is used. A hash belongs to one thread at a time, which closes it.
 */
@NullMarked
package io.demitasse.linux.hash;

import org.jspecify.annotations.NullMarked;
