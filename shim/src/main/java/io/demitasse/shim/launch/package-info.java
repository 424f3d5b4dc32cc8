/**
 * Starting processes: the resident spawner, and what comes of a launch plan.
 *
 * <p>A {@link io.demitasse.shim.launch.Spawner} may be used by any number of threads, each of which
 * blocks until its process runs or was refused; use platform threads. It owns the spawner process,
 * whose end does not touch the shims. Not here: the operations, which are in {@code shim.plan}, and
 * the C program, which is in {@code src/main/c}.
 */
@NullMarked
package io.demitasse.shim.launch;

import org.jspecify.annotations.NullMarked;
