/**
 * The daemon as a client of CRI sees it: a real one, started from the distribution, killed and
 * started again, with real containers.
 *
 * <p>Each test class has a {@link io.demitasse.conformance.daemon.RunningDaemon} of its own and
 * looks at the end whether anything was left behind. Not here: what other people's programs say of
 * it.
 */
@NullMarked
package io.demitasse.conformance.daemon;

import org.jspecify.annotations.NullMarked;
