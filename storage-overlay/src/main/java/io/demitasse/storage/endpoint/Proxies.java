package io.demitasse.storage.endpoint;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which proxy leads to a server, as the environment says: {@code HTTP_PROXY}, {@code HTTPS_PROXY},
 * {@code NO_PROXY}, in capitals or not.
 *
 * <p>Read as programs in Go read them, containerd among them: this very machine is never asked
 * through a proxy; {@code NO_PROXY} lists hosts, which mean their subdomains too, {@code .domain}
 * for the subdomains alone, addresses, networks as {@code 10.0.0.0/8}, each with a port if need be,
 * or {@code *}.
 */
public final class Proxies {
    /** None for anybody. */
    public static final Proxies NONE = new Proxies(Map.of());

    private static final Pattern WITH_PORT =
            Pattern.compile("([^:]+|\\[[^]]*\\]):([0-9]+)"); // not ::1

    private final Optional<URI> http;
    private final Optional<URI> https;
    private final List<String> exceptions;

    private Proxies(Map<String, String> environment) {
        http = address(environment, "http_proxy");
        https = address(environment, "https_proxy");
        exceptions =
                Arrays.stream(value(environment, "no_proxy").split(","))
                        .map(each -> each.strip().toLowerCase(Locale.ROOT))
                        .filter(each -> !each.isEmpty())
                        .toList();
    }

    /**
     * Reads an environment.
     *
     * @throws IllegalArgumentException if it names a proxy that is no address
     */
    public static Proxies of(Map<String, String> environment) {
        return new Proxies(environment);
    }

    private static String value(Map<String, String> environment, String name) {
        var upper = environment.getOrDefault(name.toUpperCase(Locale.ROOT), "");
        return upper.isEmpty() ? environment.getOrDefault(name, "") : upper;
    }

    private static Optional<URI> address(Map<String, String> environment, String name) {
        var text = value(environment, name);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            var address = WebAddress.parse(text.contains("://") ? text : "http://" + text);
            if (List.of("http", "socks5", "socks5h").contains(address.getScheme())) {
                return Optional.of(address);
            }
        } catch (IllegalArgumentException malformed) {
            // Without the cause, which quotes the address: a password may stand in it.
            throw new IllegalArgumentException(name + " is not the address of a proxy");
        }
        throw new IllegalArgumentException(
                name + " must be http://HOST:PORT or socks5://HOST:PORT");
    }

    /** {@return the proxy that leads to an address, or empty: none} */
    public Optional<URI> to(URI address) {
        var proxy = "https".equals(address.getScheme()) ? https : http;
        int standard = "https".equals(address.getScheme()) ? 443 : 80;
        return proxy.filter(
                _ -> !isException(WebAddress.host(address), WebAddress.port(address, standard)));
    }

    /** {@return the same as the JDK takes it} */
    public Proxy proxy(URI address) {
        return to(address).map(Proxies::proxyAt).orElse(Proxy.NO_PROXY);
    }

    private static Proxy proxyAt(URI proxy) {
        boolean socks = !"http".equals(proxy.getScheme());
        int port = WebAddress.port(proxy, socks ? 1080 : 80);
        return new Proxy(
                socks ? Proxy.Type.SOCKS : Proxy.Type.HTTP,
                InetSocketAddress.createUnresolved(WebAddress.host(proxy), port));
    }

    private boolean isException(String host, int port) {
        var literal = literal(host);
        if (host.equals("localhost")
                || literal.filter(InetAddress::isLoopbackAddress).isPresent()) {
            return true;
        }
        return exceptions.stream().anyMatch(each -> matches(each, host, port, literal));
    }

    private static boolean matches(
            String exception, String host, int port, Optional<InetAddress> literal) {
        if (exception.equals("*")) {
            return true;
        }
        int slash = exception.indexOf('/');
        if (slash > 0) {
            return literal.isPresent() && isIn(exception, slash, literal.get());
        }
        var parts = WITH_PORT.matcher(exception);
        boolean hasPort = parts.matches();
        if (hasPort && !parts.group(2).equals(Integer.toString(port))) {
            return false;
        }
        var name = (hasPort ? parts.group(1) : exception).replaceAll("[\\[\\]]", "");
        return literal.isPresent() ? literal(name).equals(literal) : isBelow(host, name);
    }

    private static boolean isBelow(String host, String name) {
        var domain = name.startsWith("*.") ? name.substring(1) : name;
        return domain.startsWith(".")
                ? host.endsWith(domain)
                : host.equals(domain) || host.endsWith("." + domain);
    }

    private static boolean isIn(String network, int slash, InetAddress address) {
        var base = literal(network.substring(0, slash));
        var bits = network.substring(slash + 1);
        if (base.isEmpty() || !bits.matches("[0-9]{1,3}")) {
            return false;
        }
        var wanted = base.get().getAddress();
        var actual = address.getAddress();
        int length = Integer.parseInt(bits);
        if (wanted.length != actual.length || length > wanted.length * Byte.SIZE) {
            return false;
        }
        for (int bit = 0; bit < length; bit++) {
            int mask = 0x80 >> (bit % Byte.SIZE);
            if (((wanted[bit / Byte.SIZE] ^ actual[bit / Byte.SIZE]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    /** {@return the address that a text is; no name is looked up} */
    private static Optional<InetAddress> literal(String text) {
        try {
            return Optional.of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException name) {
            return Optional.empty();
        }
    }
}
