package io.demitasse.storage.image;

/** An image has no such user or group. */
public final class UnknownUserException extends Exception {
    private static final long serialVersionUID = 1L;

    UnknownUserException(String message) {
        super(message);
    }
}
