/**
 * What deleting images costs those who create containers meanwhile: the command {@code
 * perf/garbage}, and the registry that its images come from.
 *
 * <p><b>Threads.</b> A registry answers on threads of its own. Nothing here owns descriptors but
 * the registry its socket. Not here: how pods are timed, {@link io.demitasse.perf.Pods}.
 */
@NullMarked
package io.demitasse.perf.garbage;

import org.jspecify.annotations.NullMarked;
