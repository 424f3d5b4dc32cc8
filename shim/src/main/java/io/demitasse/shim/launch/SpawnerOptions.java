package io.demitasse.shim.launch;

import io.demitasse.linux.Fd;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a spawner is started with.
 *
 * @param binary the shim's executable; it runs from a sealed copy in memory
 * @param shimCgroup the directory of the cgroup of all shims; stays open as long as the spawner
 * @param lockFile held while the spawner or a launch of its lives
 */
public record SpawnerOptions(Path binary, Optional<Fd> shimCgroup, Path lockFile) {}
