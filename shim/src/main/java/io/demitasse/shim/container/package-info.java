/**
 * What a container is made of, and the plans that start its processes.
 *
 * <p>Pure values: records describe a container, {@link io.demitasse.shim.container.ContainerPlan},
 * {@link io.demitasse.shim.container.ExecPlan} and {@link io.demitasse.shim.container.PausePlan}
 * turn them into operations. Descriptors stay with whoever opened them, until after the launch. Not
 * here: CRI messages, and how a mount or a cgroup comes to be.
 */
@NullMarked
package io.demitasse.shim.container;

import org.jspecify.annotations.NullMarked;
