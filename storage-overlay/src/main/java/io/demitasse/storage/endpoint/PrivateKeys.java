package io.demitasse.storage.endpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Reads private keys from PEM. The JDK takes PKCS#8; the older forms are wrapped into it.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5958">RFC 5958, asymmetric key packages</a>
 */
final class PrivateKeys {
    private static final Pattern PEM =
            Pattern.compile(
                    "-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----([A-Za-z0-9+/=\\s]+)-----END");
    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};
    private static final byte[] RSA = {
        0x06,
        0x09,
        0x2a,
        (byte) 0x86,
        0x48,
        (byte) 0x86,
        (byte) 0xf7,
        0x0d,
        0x01,
        0x01,
        0x01,
        0x05,
        0
    };
    private static final byte[] EC = {0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};
    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    private static final int OBJECT_IDENTIFIER = 0x06;
    private static final int PARAMETERS = 0xa0;

    private PrivateKeys() {}

    static PrivateKey read(Path file) throws IOException, GeneralSecurityException {
        var matcher = PEM.matcher(Files.readString(file));
        if (!matcher.find()) {
            throw new GeneralSecurityException("no unencrypted private key in " + file);
        }
        var der = Base64.getMimeDecoder().decode(matcher.group(2));
        var encoded =
                switch (matcher.group(1)) {
                    case "RSA PRIVATE KEY" -> wrap(RSA, der);
                    case "EC PRIVATE KEY" -> wrap(concatenated(EC, curve(der)), der);
                    default -> der;
                };
        var failures =
                new GeneralSecurityException("private key in " + file + " is of no known kind");
        for (var algorithm : List.of("RSA", "EC", "EdDSA")) {
            try {
                return KeyFactory.getInstance(algorithm)
                        .generatePrivate(new PKCS8EncodedKeySpec(encoded));
            } catch (GeneralSecurityException another) {
                // the key says of what kind it is, and only that kind's factory takes it
                failures.addSuppressed(another);
            }
        }
        throw failures;
    }

    private static byte[] wrap(byte[] algorithm, byte[] key) {
        return element(
                SEQUENCE,
                concatenated(VERSION_0, element(SEQUENCE, algorithm), element(OCTET_STRING, key)));
    }

    /** {@return the curve's identifier: {@code SEQUENCE {INTEGER, OCTET STRING, [0] {OID}, …}}} */
    private static byte[] curve(byte[] key) throws GeneralSecurityException {
        for (int i = 0; i + 3 < key.length; i++) {
            int length = key[i + 3];
            boolean found =
                    (key[i] & 0xff) == PARAMETERS
                            && key[i + 2] == OBJECT_IDENTIFIER
                            && key[i + 1] == length + 2
                            && i + 4 + length <= key.length;
            if (found) {
                return Arrays.copyOfRange(key, i + 2, i + 4 + length);
            }
        }
        throw new GeneralSecurityException("EC private key does not name its curve");
    }

    private static byte[] element(int tag, byte[] content) {
        var out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length < 0x80) {
            out.write(content.length);
        } else {
            out.write(0x82); // the length follows in two bytes
            out.write(content.length >> 8);
            out.write(content.length);
        }
        out.writeBytes(content);
        return out.toByteArray();
    }

    private static byte[] concatenated(byte[]... parts) {
        var out = new ByteArrayOutputStream();
        for (var part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
