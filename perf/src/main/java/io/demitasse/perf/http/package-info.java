/**
 * Downloads by the clients that there are to choose from.
 *
 * <p>Each runs in a process of its own, started by {@code perf/http-clients}. Nothing here outlives
 * it, and nothing is shared. Not here: registries, which ask for more than bytes.
 */
@NullMarked
package io.demitasse.perf.http;

import org.jspecify.annotations.NullMarked;
