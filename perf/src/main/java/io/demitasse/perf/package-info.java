/**
 * The node benchmark: pods through CRI, against any runtime that has a socket.
 *
 * <p>{@link io.demitasse.perf.Pods} is the command; {@link io.demitasse.perf.PodCycle} is what it
 * repeats, {@link io.demitasse.perf.IdlePods} what it weighs, {@link io.demitasse.perf.Yardstick}
 * what it compares with. The JMH benchmarks stand in the packages they measure.
 *
 * <p><b>Threads.</b> As many as {@code --parallel} says make pods at once; {@link
 * io.demitasse.perf.Timings} and {@link io.demitasse.perf.CriClient} are shared by them.
 *
 * <p><b>Memory.</b> Nothing native; the client owns one connection, the yardstick one process.
 *
 * <p>Deliberately not here: any knowledge of a particular runtime. What is not in CRI is read from
 * {@code /proc} and cgroups.
 */
@NullMarked
package io.demitasse.perf;

import org.jspecify.annotations.NullMarked;
