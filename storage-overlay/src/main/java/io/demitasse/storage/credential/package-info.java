/**
 * Who we are to a registry: credentials that came with a request or stand in a file, and the tokens
 * that were got with them.
 *
 * <p>Credentials are values and may be used by any thread; their text form says nothing. The cache
 * of tokens is shared. Not here: which host may see what, which {@code registry} decides.
 */
@NullMarked
package io.demitasse.storage.credential;

import org.jspecify.annotations.NullMarked;
