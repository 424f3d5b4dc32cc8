package io.demitasse.daemon.configuration;

/**
 * A configuration that cannot be used; the message names the file or flag, the key and the way out.
 */
public final class ConfigurationException extends Exception {
    private static final long serialVersionUID = 1;

    public ConfigurationException(String message) {
        super(message);
    }

    public ConfigurationException(String message, Throwable cause) {
        super(message, cause);
    }
}
