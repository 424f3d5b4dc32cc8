/**
 * What a daemon tells about itself when it no longer does what it should.
 *
 * <p>Answered on the network thread and by what the JVM knows alone: no lock, queue or thread of
 * ours is needed, so that it works when all of these are stuck. What it returns is bounded. Not
 * here: figures, and what pods do.
 */
@NullMarked
package io.demitasse.daemon.diagnosis;

import org.jspecify.annotations.NullMarked;
