package io.demitasse.storage.registry;

import io.demitasse.storage.endpoint.ShownAddress;
import io.demitasse.storage.endpoint.WebAddress;
import io.demitasse.storage.registry.PullException.Reason;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
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
     * @param base of the registry, which may itself be served to this node alone
     * @param proxy who connects; all but none resolve names themselves, so that they are not looked
     *     up here
     * @throws PullException if the address is or may be one of them
     */
    static void refuse(URI base, URI address, Proxy proxy) throws PullException {
        boolean ours = WebAddress.host(base).equals(WebAddress.host(address));
        if (!ours && has(address, proxy) && !has(base, proxy)) {
            throw new PullException(
                    Reason.UNAVAILABLE,
                    ShownAddress.authority(base)
                            + " leads to "
                            + ShownAddress.authority(address)
                            + ", which is served to this node alone, refused");
        }
    }

    private static boolean has(URI address, Proxy proxy) {
        var host = WebAddress.host(address);
        try {
            var all =
                    proxy.type() == Proxy.Type.DIRECT
                            ? InetAddress.getAllByName(host)
                            : new InetAddress[] {InetAddress.ofLiteral(host)};
            return Arrays.stream(all).anyMatch(NodeLocalAddresses::has);
        } catch (UnknownHostException | IllegalArgumentException noAddress) {
            return false; // whoever connects will say so
        }
    }

    private static boolean has(InetAddress address) {
        return address.isLinkLocalAddress() || METADATA.contains(address);
    }
}
