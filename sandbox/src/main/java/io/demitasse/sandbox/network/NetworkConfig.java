package io.demitasse.sandbox.network;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * How the built-in network is laid out.
 *
 * @param bridge the name of the interface that has the gateway's address; also of the network's
 *     leases and nft tables
 * @param subnet where addresses come from; the first one is the gateway's
 * @param mtu of both ends of each pod's link
 * @param masquerade whether what leaves the subnet gets the node's address
 */
public record NetworkConfig(String bridge, Subnet subnet, int mtu, boolean masquerade) {
    // IFNAMSIZ is 16 with the NUL; nft's identifiers allow no more than this
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,14}");
    private static final int SMALLEST_MTU = 1280;
    private static final int LARGEST_MTU = 65535;
    private static final int LONGEST_PREFIX = 30;

    /** What a node gets that configured nothing. Below the constants that its constructor reads. */
    public static final NetworkConfig DEFAULT =
            new NetworkConfig("demi0", Subnet.parse("10.88.0.0/16"), 1500, true);

    public NetworkConfig {
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
    public NetworkConfig with(String otherBridge, Subnet otherSubnet) {
        return new NetworkConfig(otherBridge, otherSubnet, mtu, masquerade);
    }

    /** {@return the node's address in the subnet, to which pods send whatever they send} */
    public InetAddress gateway() {
        return subnet.address(1);
    }

    /**
     * {@return what the node's ends of the pods' links have in common, for rules and for those who
     * look for them; a number that other networks of the node do not have}
     */
    int group() {
        var hash = new CRC32();
        hash.update(bridge.getBytes(StandardCharsets.UTF_8));
        return (int) (hash.getValue() >>> 1); // ip(8) wants no sign
    }
}
