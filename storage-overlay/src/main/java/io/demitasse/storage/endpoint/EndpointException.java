package io.demitasse.storage.endpoint;

import java.io.IOException;

/** The node's registry configuration cannot be used, or forbids the image; it names the file. */
public final class EndpointException extends IOException {
    private static final long serialVersionUID = 1L;

    EndpointException(String message) {
        super(message);
    }

    EndpointException(String message, Throwable cause) {
        super(message, cause);
    }
}
