/**
 * Where an image's registry is asked: the server itself, the mirrors that the node's configuration
 * puts before it, and how each is reached.
 *
 * <p>{@link io.demitasse.storage.endpoint.RegistryEndpoints} answers with endpoints in the order in
 * which they are to be tried. Configuration is read when it is asked for, so that a change needs no
 * restart. Values may be used by any thread and own nothing. Not here: who we are to a registry,
 * see {@code credential}, and talking to it, see {@code registry}.
 */
@NullMarked
package io.demitasse.storage.endpoint;

import org.jspecify.annotations.NullMarked;
