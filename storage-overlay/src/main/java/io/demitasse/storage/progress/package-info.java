/**
 * How far pulls are: counters that the threads of a pull write and anybody reads.
 *
 * <p>Nobody waits here and nobody is called: who shows progress looks as often as he likes. A meter
 * has one writer per counter at a time; what is read of several counters is of about one moment.
 * Not here: how it is shown.
 */
@NullMarked
package io.demitasse.storage.progress;

import org.jspecify.annotations.NullMarked;
