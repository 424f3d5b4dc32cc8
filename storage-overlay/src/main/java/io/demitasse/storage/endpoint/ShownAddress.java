package io.demitasse.storage.endpoint;

import java.net.URI;
import java.util.Objects;

/**
 * Addresses as messages and logs show them.
 *
 * <p>A user with a password may stand before the host, and the query may be a signature that gives
 * whoever has it what the registry only gave us. Neither is shown, and an address that cannot be
 * parsed is not shown at all.
 */
public final class ShownAddress {
    private ShownAddress() {}

    /** {@return scheme, host, port and path} */
    public static String of(URI address) {
        var path = Objects.requireNonNullElse(address.getRawPath(), "");
        return address.getScheme() + "://" + authority(address) + path;
    }

    /** {@return host and port} */
    public static String authority(URI address) {
        var authority = Objects.requireNonNullElse(address.getRawAuthority(), "");
        return authority.substring(authority.lastIndexOf('@') + 1);
    }
}
