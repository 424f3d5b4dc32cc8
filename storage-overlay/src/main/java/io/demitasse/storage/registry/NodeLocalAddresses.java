package io.demitasse.storage.registry;

import io.demitasse.storage.endpoint.ShownAddress;
import io.demitasse.storage.endpoint.WebAddress;
import io.demitasse.storage.registry.PullException.Reason;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;

/**
 * Addresses at which the node itself is served and nobody else: the link's own (RFC 3927, RFC 4291,
 * 2.5.6), where clouds keep what a machine is and may, and the two that they use beside these. A
 * registry of elsewhere has no business to send us there.
 */
final class NodeLocalAddresses {
    private static final Set<InetAddress> METADATA =
            Set.of(
                    InetAddress.ofLiteral("fd00:ec2::254"),
                    InetAddress.ofLiteral("100.100.100.200"),
                    InetAddress.ofLiteral("168.63.129.16"));

    private NodeLocalAddresses() {}

    /**
     * Refuses to be led there.
     *
     * @param base of the registry, which may itself be served to this node alone: at all of its
     *     addresses, as whoever owns its name can add one to those that others reach
     * @param proxy who connects; all but none resolve names themselves, so that they are not looked
     *     up here
     * @throws PullException if the address is or may be one of them
     */
    static void refuse(URI base, URI address, Proxy proxy) throws PullException {
        boolean ours = WebAddress.host(base).equals(WebAddress.host(address));
        if (!ours
                && addresses(address, proxy).stream().anyMatch(NodeLocalAddresses::has)
                && !isThere(addresses(base, proxy))) {
            throw new PullException(
                    Reason.UNAVAILABLE,
                    ShownAddress.authority(base)
                            + " leads to "
                            + ShownAddress.authority(address)
                            + ", which is served to this node alone, refused");
        }
    }

    private static boolean isThere(List<InetAddress> registry) {
        return !registry.isEmpty() && registry.stream().allMatch(NodeLocalAddresses::has);
    }

    /** {@return what we would connect to; nothing, if that is not known here} */
    private static List<InetAddress> addresses(URI address, Proxy proxy) {
        var host = WebAddress.host(address);
        try {
            return proxy.type() == Proxy.Type.DIRECT
                    ? List.of(InetAddress.getAllByName(host))
                    : List.of(InetAddress.ofLiteral(host));
        } catch (UnknownHostException | IllegalArgumentException noAddress) {
            return List.of(); // whoever connects will say so
        }
    }

    private static boolean has(InetAddress address) {
        return address.isLinkLocalAddress() || METADATA.contains(address);
    }
}
