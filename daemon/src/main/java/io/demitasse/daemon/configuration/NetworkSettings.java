package io.demitasse.daemon.configuration;

import io.demitasse.sandbox.Unprivileged;

/**
 * The built-in network: one subnet, routed by the node.
 *
 * @param bridge names the network: an interface with the gateway's address and tables of rules are
 *     called after it
 * @param subnet the pods' IPv4 range in CIDR notation; its first address is the gateway's
 * @param mtu the MTU of every pod's link, in bytes
 * @param readyPods how many pods' namespaces and links are made before they are asked for; each has
 *     an address of the subnet and takes about 0.3 MB of the kernel's memory
 * @param unprivileged what processes without a capability may do in the network of a pod
 */
public record NetworkSettings(
        String bridge, String subnet, int mtu, int readyPods, Unprivileged unprivileged) {
    private static final int MAX_INTERFACE_NAME = 15;
    private static final int MIN_MTU = 576;
    private static final int MAX_MTU = 65_535;
    private static final int MAX_READY_PODS = 100;

    public NetworkSettings {
        if (!bridge.matches("[A-Za-z0-9_-]{1," + MAX_INTERFACE_NAME + "}")) {
            throw new IllegalArgumentException(
                    "network.bridge must be 1 to 15 letters, digits, - or _, not \""
                            + bridge
                            + "\"");
        }
        if (!subnet.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}/[0-9]{1,2}")) {
            throw new IllegalArgumentException(
                    "network.subnet must look like 10.88.0.0/16, not \"" + subnet + "\"");
        }
        if (readyPods < 0 || readyPods > MAX_READY_PODS) {
            throw new IllegalArgumentException(
                    "network.ready_pods must lie between 0 and "
                            + MAX_READY_PODS
                            + ", not "
                            + readyPods);
        }
        if (mtu < MIN_MTU || mtu > MAX_MTU) {
            throw new IllegalArgumentException(
                    "network.mtu must lie between " + MIN_MTU + " and " + MAX_MTU + ", not " + mtu);
        }
    }

    /** {@return the same with another number of pods made ahead} */
    public NetworkSettings withReadyPods(int chosen) {
        return new NetworkSettings(bridge, subnet, mtu, chosen, unprivileged);
    }

    /** {@return demi0 with 10.88.0.0/16} */
    public static NetworkSettings defaults() {
        return new NetworkSettings("demi0", "10.88.0.0/16", 1500, 2, new Unprivileged(true, true));
    }

    public NetworkSettings withBridge(String chosen) {
        return new NetworkSettings(chosen, subnet, mtu, readyPods, unprivileged);
    }

    public NetworkSettings withSubnet(String chosen) {
        return new NetworkSettings(bridge, chosen, mtu, readyPods, unprivileged);
    }

    public NetworkSettings withMtu(int chosen) {
        return new NetworkSettings(bridge, subnet, chosen, readyPods, unprivileged);
    }

    public NetworkSettings withUnprivileged(Unprivileged chosen) {
        return new NetworkSettings(bridge, subnet, mtu, readyPods, chosen);
    }
}
