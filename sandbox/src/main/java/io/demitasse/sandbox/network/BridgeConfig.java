package io.demitasse.sandbox.network;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.regex.Pattern;

/**
 * How the built-in network is laid out.
 *
 * @param bridge the name of the bridge; also of its leases and its nft table
 * @param subnet where addresses come from; the first one is the gateway's
 * @param mtu of the bridge's ports and of {@code eth0} in each pod
 * @param hairpin whether a pod may reach itself by an address that leads through the bridge, as
 *     services do where {@code br_netfilter} is loaded
 * @param masquerade whether what leaves the subnet gets the node's address
 */
public record BridgeConfig(
        String bridge, Subnet subnet, int mtu, boolean hairpin, boolean masquerade) {
    // IFNAMSIZ is 16 with the NUL; nft's identifiers allow no more than this
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,14}");
    private static final int SMALLEST_MTU = 1280;
    private static final int LARGEST_MTU = 65535;
    private static final int LONGEST_PREFIX = 30;

    /** What a node gets that configured nothing. Below the constants that its constructor reads. */
    public static final BridgeConfig DEFAULT =
            new BridgeConfig("demi0", Subnet.parse("10.88.0.0/16"), 1500, true, true);

    public BridgeConfig {
        if (!NAME.matcher(bridge).matches()) {
            throw new IllegalArgumentException("\"" + bridge + "\" cannot name a bridge");
        }
        if (!(subnet.network() instanceof Inet4Address)) {
            throw new IllegalArgumentException(
                    "subnet " + subnet + " of " + bridge + ": the built-in network is IPv4 only");
        }
        if (subnet.prefixLength() > LONGEST_PREFIX) {
            throw new IllegalArgumentException(
                    "subnet " + subnet + " of " + bridge + " has no room for a gateway and a pod");
        }
        if (mtu < SMALLEST_MTU || mtu > LARGEST_MTU) {
            throw new IllegalArgumentException("MTU " + mtu + " of " + bridge);
        }
    }

    /** The default with another name and range. */
    public BridgeConfig with(String otherBridge, Subnet otherSubnet) {
        return new BridgeConfig(otherBridge, otherSubnet, mtu, hairpin, masquerade);
    }

    /** {@return the bridge's own address, through which pods leave the subnet} */
    public InetAddress gateway() {
        return subnet.address(1);
    }
}
