/** Benchmarks of the raw layer, in its package so that they may reach what it does not export. */
@NullMarked
package io.demitasse.linux.ffm;

import org.jspecify.annotations.NullMarked;
