/**
 * Linux as Java sees it: what all families of system calls share, errors and descriptors.
 *
 * <p>Each sub-package is one topic and has two layers. A {@code *Syscalls} class is the <em>raw
 * layer</em>: one per family of man pages, functions and constants spelled as in those pages,
 * integers and segments in, a result or a negated errno out. Everything public is the <em>typed
 * layer</em>: it takes paths, records and enums, owns file descriptors, and throws {@link
 * io.demitasse.linux.SyscallException}. No policy, no logging, no retry that the caller did not ask
 * for.
 *
 * <p><b>Memory.</b> No native segment is visible to a caller of a public method of the typed layer.
 *
 * @see <a href="https://man7.org/linux/man-pages/dir_section_2.html">Linux man pages, section 2</a>
 */
@NullMarked
package io.demitasse.linux;

import org.jspecify.annotations.NullMarked;
