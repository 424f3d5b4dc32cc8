/**
 * The binary interface: every struct, constant and number of the raw layer against the C headers.
 *
 * <p>Here is a test that finds all raw classes by their name, {@code *Syscalls}, and asks a
 * compiled C program what they should say. A new raw class fails it until {@link
 * io.demitasse.linux.abi.Headers} knows its headers.
 */
@NullMarked
package io.demitasse.linux.abi;

import org.jspecify.annotations.NullMarked;
