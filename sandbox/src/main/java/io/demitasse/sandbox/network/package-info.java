/**
 * How a pod gets an address: the contract of a network and the built-in one.
 *
 * <p>{@link io.demitasse.sandbox.network.RoutedNetwork} does over rtnetlink, without a process per
 * pod, what the CNI plugins {@code ptp}, {@code host-local} and {@code portmap} do.
 *
 * <p><b>Threads.</b> All types may be shared. {@link io.demitasse.sandbox.network.Network#attach}
 * is called on a thread inside the pod's namespaces, everything else outside.
 *
 * <p>Not here: namespaces themselves, DNS.
 */
@NullMarked
package io.demitasse.sandbox.network;

import org.jspecify.annotations.NullMarked;
