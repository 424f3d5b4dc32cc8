package io.demitasse.storage.registry;

import io.demitasse.storage.reference.Digest;

/**
 * What a name stands for now.
 *
 * @param target what the name points to: the manifest, or the index that it was chosen from
 */
public record ResolvedImage(Digest target, Manifest manifest) {}
