/**
 * Figures for Prometheus, over plain HTTP on an address that the configuration names.
 *
 * <p>Everything is read when it is asked for; nothing is counted here. The server has one thread of
 * its own. Not here: who counts, and anything that changes something.
 */
@NullMarked
package io.demitasse.daemon.metrics;

import org.jspecify.annotations.NullMarked;
