/**
 * Files and directories by descriptor: opening beneath a directory, creating, renaming, reading.
 *
 * <p>A name is bytes to the kernel, and so it is here; the {@code String} forms are for names that
 * we chose ourselves and encode them as UTF-8. Paths of more than one component are resolved by
 * openat2(2) only, beneath the directory they start from; every other call takes a single component
 * and therefore cannot be led elsewhere by a symbolic link.
 *
 * <p><b>Threads.</b> Descriptors may be shared, see {@link io.demitasse.linux.Fd}. <b>Memory.</b>
 * Each call allocates and frees its own. Whoever opened a descriptor closes it; all are
 * close-on-exec. Not here: watching files, and asynchronous input and output.
 */
@NullMarked
package io.demitasse.linux.file;

import org.jspecify.annotations.NullMarked;
