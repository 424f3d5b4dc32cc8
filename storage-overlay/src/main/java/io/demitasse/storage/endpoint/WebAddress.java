package io.demitasse.storage.endpoint;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Addresses that others write: in redirects, challenges, configuration files and the environment.
 *
 * <p>As tolerant as programs in Go, which those who write them try them with: a host's name may
 * have underscores, and what may stand in no address is escaped where Go escapes it or sends it as
 * it is. {@link URI} refuses the one and knows no host in the other, so nobody else makes one of a
 * text that we did not write, or asks one for its host.
 */
public final class WebAddress {
    private static final Pattern PARTS =
            Pattern.compile(
                    "(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\\?([^#]*))?(?:#.*)?");

    private static final Pattern AUTHORITY =
            Pattern.compile("(?:(\\S*)@)?([A-Za-z0-9._~-]+|\\[[0-9A-Fa-f:.]+])(?::([0-9]{0,5}))?");
    private static final int MAX_PORT = 65_535;
    private static final String UNRESERVED = "-_.~!$&'()*+,;=:@/";
    private static final String HEX = "0123456789ABCDEF";

    private WebAddress() {}

    /**
     * Reads a whole address.
     *
     * @throws IllegalArgumentException if it is none, or has no host
     */
    public static URI parse(String text) {
        var parts = parts(text);
        if (parts.scheme.isEmpty() || parts.authority.isEmpty()) {
            throw new IllegalArgumentException("\"" + shown(text) + "\" is no address with a host");
        }
        return parts.address();
    }

    /** Reads an address that may be relative to another, RFC 3986, 5.2. */
    public static URI resolve(URI base, String text) {
        var parts = parts(text);
        if (!parts.scheme.isEmpty()) {
            return parse(text);
        }
        var scheme = base.getScheme();
        if (!parts.authority.isEmpty()) {
            return new Parts(scheme, parts.authority, parts.path, parts.query).address();
        }
        var basePath = Optional.ofNullable(base.getRawPath()).orElse("");
        var path = parts.path;
        var query = parts.query;
        if (path.isEmpty()) {
            path = basePath;
            query = query.isEmpty() && base.getRawQuery() != null ? base.getRawQuery() : query;
        } else if (!path.startsWith("/")) {
            path = basePath.substring(0, basePath.lastIndexOf('/') + 1) + path;
            path = path.startsWith("/") ? path : "/" + path;
        }
        return new Parts(scheme, base.getRawAuthority(), path, query).address().normalize();
    }

    private record Parts(String scheme, String authority, String path, String query) {
        URI address() {
            var matcher = AUTHORITY.matcher(authority);
            if (!matcher.matches() || port(group(matcher.group(3))) > MAX_PORT) {
                throw new IllegalArgumentException(
                        "\""
                                + authority.substring(authority.lastIndexOf('@') + 1)
                                + "\" is no host");
            }
            var user = matcher.group(1);
            var port = group(matcher.group(3));
            return URI.create(
                    scheme.toLowerCase(Locale.ROOT)
                            + "://"
                            + (user == null ? "" : escaped(user, "") + "@")
                            + matcher.group(2)
                            + (port.isEmpty() ? "" : ":" + port)
                            + escaped(path, "")
                            + (query.isEmpty() ? "" : "?" + escaped(query, "?")));
        }
    }

    private static Parts parts(String text) {
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("an address with control characters");
        }
        var matcher = PARTS.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("\"" + shown(text) + "\" is no address");
        }
        return new Parts(
                group(matcher.group(1)),
                group(matcher.group(2)),
                group(matcher.group(3)),
                group(matcher.group(4)));
    }

    /** Without name, password and query: secrets may stand there. */
    private static String shown(String text) {
        return text.replaceFirst("[?#].*", "").replaceFirst("^(.*//|)[^/]*@", "$1");
    }

    private static String group(@org.jspecify.annotations.Nullable String found) {
        return found == null ? "" : found;
    }

    private static int port(String digits) {
        return digits.isEmpty() ? -1 : Integer.parseInt(digits);
    }

    /** Escapes what may not stand there, a percent sign that escapes nothing among the rest. */
    private static String escaped(String text, String more) {
        var out = new StringBuilder(text.length());
        var bytes = text.getBytes(UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            char each = (char) (bytes[i] & 0xff);
            boolean plain = each < 0x80 && Character.isLetterOrDigit(each);
            if (plain || UNRESERVED.indexOf(each) >= 0 || more.indexOf(each) >= 0) {
                out.append(each);
            } else if (each == '%' && isHex(bytes, i + 1) && isHex(bytes, i + 2)) {
                out.append(each);
            } else {
                out.append('%').append(HEX.charAt(each >> 4)).append(HEX.charAt(each & 15));
            }
        }
        return out.toString();
    }

    private static boolean isHex(byte[] bytes, int index) {
        return index < bytes.length && Character.digit(bytes[index], 16) >= 0;
    }

    private static java.util.regex.Matcher authority(URI address) {
        var matcher = AUTHORITY.matcher(group(address.getRawAuthority()));
        if (!matcher.matches()) {
            throw new IllegalArgumentException(shown(address.toString()) + " has no host");
        }
        return matcher;
    }

    /** {@return the host in small letters, an IPv6 address without its brackets} */
    public static String host(URI address) {
        var host = authority(address).group(2).toLowerCase(Locale.ROOT);
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** {@return the port that it names, or another} */
    public static int port(URI address, int otherwise) {
        int named = port(group(authority(address).group(3)));
        return named > 0 ? named : otherwise;
    }

    /** {@return name and password as they stand there, escaped} */
    public static Optional<String> userInfo(URI address) {
        return Optional.ofNullable(authority(address).group(1));
    }

    /** {@return whether it is asked by HTTP, over TLS or not} */
    public static boolean isWeb(URI address) {
        return "http".equals(address.getScheme()) || "https".equals(address.getScheme());
    }
}
