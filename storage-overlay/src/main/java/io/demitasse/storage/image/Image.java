package io.demitasse.storage.image;

import io.demitasse.storage.layer.ChainId;
import java.util.List;

/**
 * An image of the store.
 *
 * @param id {@code sha256:HEX}, the digest of its config
 * @param repositoryTags normalised names, {@code docker.io/library/busybox:latest}
 * @param repositoryDigests normalised names, {@code docker.io/library/busybox@sha256:…}
 * @param sizeBytes disk space of all its layers, shared ones included
 * @param user as its config has it: {@code USER}, {@code UID}, {@code USER:GROUP}, or empty
 * @param layers its layers, bottom first
 */
public record Image(
        String id,
        List<String> repositoryTags,
        List<String> repositoryDigests,
        long sizeBytes,
        String user,
        List<ChainId> layers) {
    /** Copies. */
    public Image {
        repositoryTags = List.copyOf(repositoryTags);
        repositoryDigests = List.copyOf(repositoryDigests);
        layers = List.copyOf(layers);
    }

    Image named(List<String> tags, List<String> digests) {
        return new Image(id, tags, digests, sizeBytes, user, layers);
    }
}
