/**
 * Control groups, version 2: directories of processes, their limits and what they used.
 *
 * <p>Here is {@link io.demitasse.linux.cgroup.Cgroup}, one directory held by descriptor; {@link
 * io.demitasse.linux.cgroup.CgroupHierarchy}, the mount it lies in and the controllers that are to
 * be had there; {@link io.demitasse.linux.cgroup.ResourceLimits}, the pure translation of a
 * container's limits to control files; {@link io.demitasse.linux.cgroup.CgroupMeter}, the kept
 * descriptors from which statistics are read.
 *
 * <p><b>Threads.</b> All types may be shared but {@link io.demitasse.linux.cgroup.StatsBuffer},
 * which belongs to the thread that made it.
 *
 * <p><b>Descriptors.</b> A cgroup owns one, a meter one per statistics file; both are closed by
 * whoever opened them.
 *
 * <p>Not here: version 1, which group a container gets, and moving a process between groups:
 * writing to {@code cgroup.procs} waits for a grace period of RCU, so that processes are born in
 * their group instead ({@code CLONE_INTO_CGROUP}).
 *
 * @see <a href="https://docs.kernel.org/admin-guide/cgroup-v2.html">Control Group v2</a>
 */
@NullMarked
package io.demitasse.linux.cgroup;

import org.jspecify.annotations.NullMarked;
