/**
 * The rules of the house that a machine can check: arrows between modules, and who may touch what.
 *
 * <p>They look at the compiled classes of all modules that the daemon is made of. A rule that fails
 * names the class and the line. Not here: shape and format, which the build itself checks.
 */
@NullMarked
package io.demitasse.conformance.architecture;

import org.jspecify.annotations.NullMarked;
