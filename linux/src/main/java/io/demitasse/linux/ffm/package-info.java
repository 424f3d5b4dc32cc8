/**
 * The gateway to the kernel: one downcall, the numbers it takes, and errno.
 *
 * <p>Here is {@link io.demitasse.linux.ffm.Kernel}, the only class that touches the linker. Every
 * thread may call it with a {@link io.demitasse.linux.ffm.CallState} of its own. The caller's arena
 * owns all memory. Not here: what a call means. For the packages of {@code io.demitasse.linux}
 * only.
 */
@NullMarked
package io.demitasse.linux.ffm;

import org.jspecify.annotations.NullMarked;
