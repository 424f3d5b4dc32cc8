/**
 * Links, addresses and routes, asked of the kernel over rtnetlink(7), and elements of maps of
 * nftables.
 *
 * <p>A {@link io.demitasse.linux.netlink.RouteRequest} says what is to be done, a {@link
 * io.demitasse.linux.netlink.RouteSocket} does it: one send for any number of requests, one
 * acknowledgement, and an error that names the request and has the kernel's own words. An {@link
 * io.demitasse.linux.netlink.NftablesSocket} adds and deletes what packets are looked up in, a
 * {@link io.demitasse.linux.netlink.ConntrackSocket} forgets what became of earlier ones.
 *
 * <p><b>Threads.</b> Requests are values. A socket belongs to the network namespace of the thread
 * that opened it and may be used from every thread; it serves one at a time.
 *
 * <p><b>Memory.</b> Messages live for one call.
 *
 * <p>Not here: notifications, neighbours, rules (of either kind), and any idea what a link is for.
 */
@NullMarked
package io.demitasse.linux.netlink;

import org.jspecify.annotations.NullMarked;
