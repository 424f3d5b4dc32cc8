/**
 * Several runtimes side by side: the same pods from the same client, in turns.
 *
 * <p>{@link io.demitasse.perf.comparison.Compare} is the command; a {@link
 * io.demitasse.perf.comparison.Contender} is one runtime and what was measured of it. {@link
 * io.demitasse.perf.comparison.Work} is what a container finds inside, which must be the same for
 * all before anything is timed.
 *
 * <p><b>Threads.</b> The measuring one; bursts have {@code --parallel} more.
 *
 * <p><b>Memory.</b> Nothing native; a contender owns its connection.
 *
 * <p>Deliberately not here: how runtimes are installed and started. The script {@code perf/compare}
 * does that, and starts again what is killed here.
 */
@NullMarked
package io.demitasse.perf.comparison;

import org.jspecify.annotations.NullMarked;
