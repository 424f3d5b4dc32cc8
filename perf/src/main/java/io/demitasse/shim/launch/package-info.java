/** Benchmarks of the ways to start a process, in the package that they measure. */
@NullMarked
package io.demitasse.shim.launch;

import org.jspecify.annotations.NullMarked;
