package io.demitasse.sandbox.network;

import io.demitasse.linux.Fd;
import io.demitasse.linux.netlink.RouteSocket;
import java.nio.file.Path;

/**
 * A new network namespace, waiting to be connected.
 *
 * @param netns borrowed for the call
 * @param path where it is pinned
 * @param links a socket within it, borrowed for the call
 */
public record PodNamespace(String sandboxId, Fd netns, Path path, RouteSocket links) {}
