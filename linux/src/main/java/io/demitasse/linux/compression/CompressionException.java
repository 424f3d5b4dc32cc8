package io.demitasse.linux.compression;

import java.io.IOException;

/** Compressed content is not what it should be, or ends too early. */
public final class CompressionException extends IOException {
    private static final long serialVersionUID = 1L;

    CompressionException(String message) {
        super(message);
    }
}
