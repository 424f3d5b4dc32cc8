package io.demitasse.storage.layer;

import io.demitasse.storage.reference.Digest;
import java.util.ArrayList;
import java.util.List;

/**
 * Identifies a layer together with all below it.
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/config.md#layer-chainid">OCI
 *     image configuration, layer ChainID</a>
 */
public record ChainId(Digest digest) {
    /** {@return the chain ids of a stack of layers, both bottom first} */
    public static List<ChainId> of(List<Digest> diffIds) {
        var chain = new ArrayList<ChainId>(diffIds.size());
        for (var diffId : diffIds) {
            chain.add(
                    chain.isEmpty()
                            ? new ChainId(diffId)
                            : new ChainId(Digest.of(chain.getLast() + " " + diffId)));
        }
        return List.copyOf(chain);
    }

    /** {@return the id of a layer that is one file of an artifact, with nothing below it} */
    public static ChainId ofFile(String path, Digest contents) {
        return new ChainId(Digest.of("file " + contents + " " + path));
    }

    /** {@return the name of the layer's directory} */
    public String hex() {
        return digest.hex();
    }

    @Override
    public String toString() {
        return digest.toString();
    }
}
