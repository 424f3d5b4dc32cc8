/**
 * Processes as {@code /proc} shows them: who belongs to a runtime, what they have used.
 *
 * <p>Parsing and selection are pure and work on text and records; {@link
 * io.demitasse.perf.process.ProcFiles} alone reads files.
 *
 * <p><b>Threads.</b> Records may be shared; a {@link io.demitasse.perf.process.CpuMeter} may be
 * observed from many threads.
 *
 * <p><b>Memory.</b> Nothing native; no descriptor stays open.
 *
 * <p>Deliberately not here: anything of CRI. A runtime is a pid here.
 */
@NullMarked
package io.demitasse.perf.process;

import org.jspecify.annotations.NullMarked;
