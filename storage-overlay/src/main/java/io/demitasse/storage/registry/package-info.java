/**
 * Where images come from: registries over HTTP, OCI layouts on disk.
 *
 * <p>An {@code ImageSource} serves manifests and blobs; whoever reads a blob through it gets
 * exactly the bytes that its descriptor promises, or an exception. Sources may be used by several
 * threads at once; streams belong to whoever opened them. Not here: what becomes of the bytes.
 */
@NullMarked
package io.demitasse.storage.registry;

import org.jspecify.annotations.NullMarked;
