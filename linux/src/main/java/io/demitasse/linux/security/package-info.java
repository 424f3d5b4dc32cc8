/**
 * What a container must not do: capabilities, system call filters, device programs.
 *
 * <p>Policies are values: {@link io.demitasse.linux.security.CapabilitySet}, {@link
 * io.demitasse.linux.security.SeccompProfile} and {@link io.demitasse.linux.security.DevicePolicy}.
 * Programs are made of them: {@link io.demitasse.linux.security.SeccompCompiler} asks libseccomp
 * for classic BPF, {@link io.demitasse.linux.security.DeviceProgram} assembles extended BPF and
 * loads it. Both are kept by policy, because thousands of containers share a few policies.
 *
 * <p><b>Threads.</b> All types may be shared.
 *
 * <p><b>Descriptors.</b> A loaded device program owns one; the kernel holds a reference of its own
 * for each group that the program is attached to.
 *
 * <p>Not here: who gets which policy, and applying capabilities and filters to a process, which
 * happens between clone and exec, where no Java runs.
 */
@NullMarked
package io.demitasse.linux.security;

import org.jspecify.annotations.NullMarked;
