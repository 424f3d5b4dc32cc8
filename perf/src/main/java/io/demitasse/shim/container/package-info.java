/**
 * Benchmarks of what Java does for a container before the shim does anything, in the package that
 * they measure.
 */
@NullMarked
package io.demitasse.shim.container;

import org.jspecify.annotations.NullMarked;
