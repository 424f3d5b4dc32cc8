/**
 * Listeners on TCP, which also strangers reach: users of the node, and pods that have its network.
 *
 * <pre>
 *   accepted ──▶ RequestLine ──▶ Admission: who is this for? ──▶ HTTP head ──▶ the guest's handler
 *    newcomer     ≤ 1 KiB, and nothing else is kept                ≤ 16 KiB, no body
 * </pre>
 *
 * <p>Of a connection that has not shown yet that it is expected, no more is kept than a request
 * line; only so many wait, the oldest gives way to the newest, and each has ten seconds.
 *
 * <p><b>Threads.</b> Each listener has one network thread, and everything here belongs to it. What
 * it uses is bounded, so that it takes nothing from CRI. Not here: what is listened for.
 */
@NullMarked
package io.demitasse.daemon.listener;

import org.jspecify.annotations.NullMarked;
