package io.demitasse.storage.overlay;

import io.demitasse.storage.FilesystemUsage;
import java.time.Instant;

/**
 * What something takes on disk, as somebody counted.
 *
 * @param at when it was so
 */
public record Measured(FilesystemUsage usage, Instant at) {}
