/**
 * The launch plan: what the shim does to start a process, as a list of kernel operations.
 *
 * <p>Pure values: any thread may build, compare, print and encode a plan, without privilege. A plan
 * refers to descriptors but does not own them: whoever opened them closes them after the launch.
 * The C decoder of the encoded form is {@code src/main/c/plan.c}. Not here: which operations a
 * container needs, which is {@code shim.container}; and their execution, which is {@code
 * shim.launch}.
 */
@NullMarked
package io.demitasse.shim.plan;

import org.jspecify.annotations.NullMarked;
