package io.demitasse.storage.overlay;

import io.demitasse.linux.namespace.IdMappings;
import java.nio.file.Path;

/**
 * Where {@link Snapshots#mapLayers} was attached, and with which ids: in a user namespace with
 * these, a container's root file system looks as it does outside without.
 */
public record MappedLayers(Path place, IdMappings ids) {}
