package io.demitasse.shim.container;

import io.demitasse.linux.Fd;
import io.demitasse.linux.process.Pidfd;
import io.demitasse.shim.plan.StandardStreams;

/**
 * A further process in a container that runs.
 *
 * @param init the container's first process, whose namespaces it joins
 * @param cgroup the container's cgroup
 */
public record ExecSpec(Pidfd init, Fd cgroup, StandardStreams streams, ProcessSpec process) {}
