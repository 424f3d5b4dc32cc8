package io.demitasse.sandbox.network;

import io.demitasse.linux.Fd;
import java.nio.file.Path;

/**
 * A new network namespace, waiting to be connected.
 *
 * @param netns borrowed for the call
 * @param path where it is pinned
 */
public record PodNamespace(String sandboxId, Fd netns, Path path) {}
