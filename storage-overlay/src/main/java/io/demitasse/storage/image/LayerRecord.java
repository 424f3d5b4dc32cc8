package io.demitasse.storage.image;

import io.demitasse.storage.FilesystemUsage;
import io.demitasse.storage.layer.ChainId;
import io.demitasse.storage.reference.Digest;

/**
 * What is known of one layer of an image.
 *
 * @param blob the digest of the compressed layer, as the manifest has it
 * @param usage what it takes unpacked
 */
record LayerRecord(ChainId chain, Digest diffId, Digest blob, FilesystemUsage usage) {}
