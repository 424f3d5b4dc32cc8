package io.demitasse.sandbox.network;

import io.demitasse.linux.netlink.LinkCounters;

/**
 * What went through a pod's link.
 *
 * @param link what the pod calls it
 */
public record Traffic(String link, LinkCounters counters) {}
