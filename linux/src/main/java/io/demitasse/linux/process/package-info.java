/**
 * Processes held by descriptor, and the one way this JVM starts a program of its own.
 *
 * <p>A {@link io.demitasse.linux.process.Pidfd} may be shared and is closed by its owner. {@link
 * io.demitasse.linux.process.ChildProcess} never meets {@code java.lang.Process}: the JDK reaps its
 * own children on a thread of its own, and only those. Not here: containers, which are started by
 * the spawner and are nobody's child that we know.
 */
@NullMarked
package io.demitasse.linux.process;

import org.jspecify.annotations.NullMarked;
