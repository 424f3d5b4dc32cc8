package io.demitasse.storage.layer;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Hears all bytes of an archive, and which of them become which file. */
interface ContentsListener {
    /** For archives that nobody will want back. */
    ContentsListener NONE =
            new ContentsListener() {
                @Override
                public void read(ByteBuffer bytes) {}

                @Override
                public void begin(LayerPath path) {}

                @Override
                public void beginPiece(LayerPath path, long offset) {}

                @Override
                public void end() {}
            };

    /** These were read; the buffer may be consumed, and is another's after the call. */
    void read(ByteBuffer bytes) throws IOException;

    /** What is read from now on goes into this file. */
    void begin(LayerPath path) throws IOException;

    /** What is read from now on goes into this file with holes, from an offset on. */
    void beginPiece(LayerPath path, long offset) throws IOException;

    /** The file, or the piece, is complete. */
    void end() throws IOException;
}
