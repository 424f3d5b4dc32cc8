package io.demitasse.storage.reference;

import io.demitasse.linux.hash.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** A SHA-256 of some content, {@code sha256:HEX}. */
public record Digest(String hex) {
    private static final String PREFIX = "sha256:";
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

    /** Checks. */
    public Digest {
        if (!HEX.matcher(hex).matches()) {
            throw new IllegalArgumentException("not a SHA-256 in lower case hex: \"" + hex + "\"");
        }
    }

    /** Reads {@code sha256:HEX}; other algorithms are refused by name. */
    public static Digest parse(String text) {
        if (!text.startsWith(PREFIX)) {
            throw new IllegalArgumentException(
                    "digest \"" + text + "\" is not of the form sha256:HEX");
        }
        return new Digest(text.substring(PREFIX.length()));
    }

    /** {@return the digest of these bytes} */
    public static Digest of(byte[] content) {
        return finish(sha256().digest(content));
    }

    /** {@return the digest of a text in UTF-8} */
    public static Digest of(String content) {
        return of(content.getBytes(StandardCharsets.UTF_8));
    }

    /** {@return what a running hash has come to} */
    public static Digest of(MessageDigest hash) {
        return finish(hash.digest());
    }

    /** {@return what a running hash has come to} */
    public static Digest of(Sha256 hash) {
        return finish(hash.finish());
    }

    /** {@return a new running hash of the one algorithm we use} */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException missing) {
            throw new AssertionError("every Java platform has SHA-256", missing);
        }
    }

    private static Digest finish(byte[] hash) {
        return new Digest(HexFormat.of().formatHex(hash));
    }

    @Override
    public String toString() {
        return PREFIX + hex;
    }
}
