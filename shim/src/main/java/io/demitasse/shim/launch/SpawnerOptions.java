package io.demitasse.shim.launch;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What a spawner is started with.
 *
 * @param binary the shim's executable; it runs from a copy that nobody can change
 * @param shimCgroup the cgroup of the spawner and all shims, made if it is missing
 * @param lockFile held while the spawner or a launch of its lives
 */
public record SpawnerOptions(Path binary, Optional<Path> shimCgroup, Path lockFile) {}
