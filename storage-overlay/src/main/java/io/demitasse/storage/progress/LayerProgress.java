package io.demitasse.storage.progress;

import io.demitasse.storage.reference.Digest;

/**
 * How far one layer of a pull is. All counts are of its blob as the registry has it.
 *
 * @param blob names the compressed layer, as in the manifest
 * @param downloadedBytes includes what an earlier pull had left
 * @param unpackedBytes how many of them were decompressed and written out
 */
public record LayerProgress(
        Digest blob, long totalBytes, long downloadedBytes, long unpackedBytes, State state) {
    /** What is being done about a layer. */
    public enum State {
        /** It is not its turn yet, or another pull gets it. */
        WAITING,
        /** Bytes come, and are unpacked as they come. */
        DOWNLOADING,
        /** All bytes are here; they are being unpacked, checked and put into the store. */
        UNPACKING,
        /** This pull, or another one meanwhile, put it into the store. */
        DONE,
        /** It was in the store before. */
        ALREADY_THERE
    }
}
