package io.demitasse.daemon.runtime;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Makes ids: 64 hexadecimal digits, as clients of every container runtime expect them. */
public final class Ids {
    private static final int BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    private Ids() {}

    /** {@return an id that nothing has} */
    public static String random() {
        var bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
