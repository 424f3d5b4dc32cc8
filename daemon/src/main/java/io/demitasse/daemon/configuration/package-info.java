/**
 * What an operator can set: defaults, a TOML file and the flags of {@code demitasse serve}, in
 * rising order of precedence.
 *
 * <p>Everything is an immutable value, checked when it is made; an error names the file, the key
 * and what would have been right. Nothing here touches the system but to read that one file, and
 * nothing is read again later: a changed file takes effect at the next start.
 *
 * <p><b>Threads.</b> All types may be shared.
 */
@NullMarked
package io.demitasse.daemon.configuration;

import org.jspecify.annotations.NullMarked;
