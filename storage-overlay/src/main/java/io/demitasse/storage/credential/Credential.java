package io.demitasse.storage.credential;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * A name and a password, or a token in place of them; what is not there is empty.
 *
 * @param identityToken is exchanged for registry tokens (OAuth2's refresh token)
 * @param registryToken is shown to the registry as it is
 */
public record Credential(
        String username, String password, String identityToken, String registryToken) {
    /** Nobody in particular. */
    public static final Credential NONE = new Credential("", "", "", "");

    /** {@return a name and a password} */
    public static Credential of(String username, String password) {
        return new Credential(username, password, "", "");
    }

    /**
     * Reads {@code base64(username:password)}, as docker's configuration has it.
     *
     * @throws IllegalArgumentException if it is not that; the text is not in the message
     */
    public static Credential decode(String auth) {
        String plain;
        try {
            plain = new String(Base64.getDecoder().decode(auth.strip()), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            throw new IllegalArgumentException("auth is not base64");
        }
        int colon = plain.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("auth is not a name and a password");
        }
        // Docker pads passwords with NUL
        return of(plain.substring(0, colon), plain.substring(colon + 1).replaceFirst("\0+$", ""));
    }

    /** {@return whether there is nothing in it} */
    public boolean isNone() {
        return equals(NONE);
    }

    /** {@return the header of HTTP's Basic scheme} */
    public String basic() {
        var pair = (username + ":" + password).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(pair);
    }

    /** {@return whether there is one, and never what it is} */
    @Override
    public String toString() {
        return isNone() ? "no credential" : "a credential";
    }
}
