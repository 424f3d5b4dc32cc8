/**
 * What the daemon promised, on disk: one directory per pod and per container, one record in each.
 *
 * <p>A directory without a record is an intent: something was about to be created and must be
 * undone at the next start. Files appear whole (written aside, then renamed). Nothing is fsynced: a
 * record that a power cut tore is recognised by its checksum and put in quarantine, never a reason
 * not to start. Any thread may call; callers keep two operations on one id apart. Not here: images.
 */
@NullMarked
package io.demitasse.daemon.store;

import org.jspecify.annotations.NullMarked;
