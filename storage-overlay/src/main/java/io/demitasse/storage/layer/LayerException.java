package io.demitasse.storage.layer;

import java.io.IOException;

/** A layer's archive is malformed, hostile, or not what was promised. */
public final class LayerException extends IOException {
    private static final long serialVersionUID = 1L;

    LayerException(String message) {
        super(message);
    }

    LayerException(String message, Throwable cause) {
        super(message, cause);
    }
}
