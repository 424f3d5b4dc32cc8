package io.demitasse.sandbox.network;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.netlink.HardwareAddress;
import io.demitasse.linux.netlink.Link;
import io.demitasse.linux.netlink.RouteRequest;
import io.demitasse.linux.netlink.RouteSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A Linux bridge with an address range of its own, masqueraded to the outside.
 *
 * <pre>
 *    node                          │ pod
 *    demi0 10.88.0.1/16            │
 *      └── demi3f2a9c1b04e ────────┼──── eth0 10.88.0.2/16, default via 10.88.0.1
 * </pre>
 *
 * <p>Per pod there is one file, the lease, and one message to the kernel for the pair of links,
 * both born where they are to live. They die with the pod's namespace. A port of the node that
 * leads to the pod is one more file and one more message.
 *
 * <p><b>Threads.</b> May be shared. The node's socket serves one pod at a time, which costs
 * nothing: the kernel's own lock around links (rtnl) does the same.
 */
public final class BridgeNetwork implements Network {
    /** What our ends of pairs are called, before the beginning of the sandbox's id. */
    static final String LINK_PREFIX = "demi";

    private static final int LINK_ID_DIGITS = 11;
    private static final String POD_LINK = "eth0";
    private static final Path IP_FORWARD = Path.of("/proc/sys/net/ipv4/ip_forward");
    // A locally administered range; an address that returns with another pod keeps its neighbours'
    // ARP entries right.
    private static final long HARDWARE_PREFIX = 0x0a58_0000_0000L;

    private final BridgeConfig config;
    private final Leases leases;
    private final HostPorts ports;
    private volatile @Nullable Node node;
    private @Nullable RouteSocket opened; // guarded by this; outlives a bridge that vanishes

    private BridgeNetwork(BridgeConfig config, Leases leases, HostPorts ports) {
        this.config = config;
        this.leases = leases;
        this.ports = ports;
    }

    /** The node's side: a socket there, and the bridge. */
    private record Node(RouteSocket links, int bridge) {}

    /** Reads the leases and ports in the directories; makes nothing else yet. */
    public static BridgeNetwork open(BridgeConfig config, Path leases, Path ports)
            throws IOException {
        var leased = Leases.open(leases, config.subnet());
        return new BridgeNetwork(config, leased, HostPorts.open(ports, leased, table(config)));
    }

    @Override
    public void prepare() throws IOException {
        if (node == null) {
            synchronized (this) {
                if (node == null) {
                    node = makeNode();
                }
            }
        }
    }

    @Override
    public InetAddress attach(PodNamespace pod) throws IOException {
        var current = node;
        if (current == null) {
            throw new IllegalStateException("network " + config.bridge() + " is not prepared");
        }
        var address = leases.acquire(pod.sandboxId());
        try {
            connect(current, pod, address);
            return address;
        } catch (IOException failed) {
            // Perhaps somebody deleted the bridge: the next pod is to look for it.
            node = null;
            abandon(current, pod.sandboxId(), failed);
            throw failed;
        }
    }

    private void connect(Node current, PodNamespace pod, InetAddress address)
            throws SyscallException {
        var name = linkName(pod.sandboxId());
        var peer = new RouteRequest.VethPeer(POD_LINK, hardwareAddress(address), pod.netns());
        var veth = new RouteRequest.AddVeth(name, current.bridge(), config.mtu(), peer);
        if (config.hairpin()) {
            current.links().request(veth, new RouteRequest.AllowHairpin(name));
        } else {
            current.links().request(veth);
        }
        int index = require(pod.links(), POD_LINK).index();
        pod.links()
                .request(
                        new RouteRequest.AddAddress(index, address, config.subnet().prefixLength()),
                        new RouteRequest.SetUp(index),
                        new RouteRequest.AddDefaultRoute(index, config.gateway()));
    }

    private void abandon(Node current, String sandboxId, IOException failed) {
        try {
            leases.release(sandboxId);
            delete(current.links(), linkName(sandboxId));
        } catch (IOException alsoFailed) {
            failed.addSuppressed(alsoFailed);
        }
    }

    @Override
    public void requireFree(List<PortMapping> wanted) throws HostPortTakenException {
        ports.requireFree(wanted);
    }

    @Override
    public void publish(String sandboxId, List<PortMapping> wanted) throws IOException {
        if (wanted.isEmpty()) {
            return;
        }
        var address = leases.of(sandboxId);
        if (address.isEmpty()) {
            throw new IllegalStateException("sandbox " + sandboxId + " has no address");
        }
        try {
            set(routeLocalnet());
            ports.publish(sandboxId, address.get(), wanted);
        } catch (HostPortTakenException taken) {
            throw taken;
        } catch (IOException failed) {
            // Perhaps somebody deleted the bridge or the table: the next pod is to look for them.
            node = null;
            throw failed;
        }
    }

    /**
     * Lets the node send to pods from 127.0.0.1, which the kernel refuses otherwise. Goes with the
     * bridge. What pods send to there is dropped by the table's chain {@code loopback}.
     */
    private Path routeLocalnet() {
        return Path.of("/proc/sys/net/ipv4/conf", config.bridge(), "route_localnet");
    }

    @Override
    public void release(String sandboxId) throws IOException {
        ports.release(sandboxId);
        leases.release(sandboxId);
    }

    @Override
    public Optional<InetAddress> address(String sandboxId) {
        return leases.of(sandboxId);
    }

    /** By the node's end of the pair: nobody enters the pod's namespace. */
    @Override
    public Optional<Traffic> traffic(String sandboxId) throws IOException {
        if (leases.of(sandboxId).isEmpty()) {
            return Optional.empty();
        }
        try (var links = RouteSocket.open()) {
            return links.counters(linkName(sandboxId))
                    .map(counters -> new Traffic(POD_LINK, counters.ofPeer()));
        }
    }

    @Override
    public void collect(Set<String> live) throws IOException {
        ports.collect(live);
        leases.collect(live);
        var names = live.stream().map(BridgeNetwork::linkName).collect(Collectors.toSet());
        try (var links = RouteSocket.open()) {
            for (var port : ports(links)) {
                if (!names.contains(port.name())) {
                    delete(links, port.name());
                }
            }
        }
    }

    @Override
    public synchronized void removeInfrastructure() throws IOException {
        node = null;
        if (opened != null) {
            opened.close();
            opened = null;
        }
        try (var links = RouteSocket.open()) {
            for (var port : ports(links)) {
                delete(links, port.name());
            }
            delete(links, config.bridge());
        }
        table(config).remove();
    }

    /** Our links at our bridge; another instance may have some of the same prefix at its own. */
    private List<Link> ports(RouteSocket links) throws SyscallException {
        var bridge = links.link(config.bridge());
        if (bridge.isEmpty()) {
            return List.of();
        }
        var ports = new ArrayList<Link>();
        for (var link : links.links()) {
            if (link.master() == bridge.get().index() && link.name().startsWith(LINK_PREFIX)) {
                ports.add(link);
            }
        }
        return ports;
    }

    /** Runs outside of pods; called with this locked. */
    private Node makeNode() throws IOException {
        if (opened == null) {
            opened = RouteSocket.open();
        }
        int bridge = makeBridge(opened);
        set(IP_FORWARD);
        ports.install();
        return new Node(opened, bridge);
    }

    /** Written only if need be: where /proc/sys is read-only, somebody else may have seen to it. */
    private static void set(Path sysctl) throws IOException {
        if (!Files.readString(sysctl).startsWith("1")) {
            Files.writeString(sysctl, "1");
        }
    }

    /** Every step may find itself done by an earlier daemon. */
    private int makeBridge(RouteSocket links) throws SyscallException {
        var gateway = config.gateway();
        attempt(
                links,
                new RouteRequest.AddBridge(
                        config.bridge(), hardwareAddress(gateway), config.mtu()));
        int index = require(links, config.bridge()).index();
        attempt(links, new RouteRequest.AddAddress(index, gateway, config.subnet().prefixLength()));
        links.request(new RouteRequest.SetUp(index));
        return index;
    }

    private static void attempt(RouteSocket links, RouteRequest request) throws SyscallException {
        try {
            links.request(request);
        } catch (SyscallException refused) {
            if (!refused.is(Errno.EEXIST)) {
                throw refused;
            }
        }
    }

    private static void delete(RouteSocket links, String name) throws SyscallException {
        try {
            links.request(new RouteRequest.DeleteLink(name));
        } catch (SyscallException refused) {
            // gone with its namespace
            if (!refused.is(Errno.ENODEV)) {
                throw refused;
            }
        }
    }

    private static Link require(RouteSocket links, String name) throws SyscallException {
        var link = links.link(name);
        if (link.isEmpty()) {
            throw new SyscallException("RTM_GETLINK(" + name + ")", new Errno(Errno.ENODEV));
        }
        return link.get();
    }

    private static NatTable table(BridgeConfig config) {
        return new NatTable(config.bridge(), config.subnet(), config.masquerade());
    }

    /** {@return the node's end of a pod's pair; IFNAMSIZ leaves room for this much of the id} */
    static String linkName(String sandboxId) {
        return LINK_PREFIX + sandboxId.substring(0, LINK_ID_DIGITS);
    }

    private static HardwareAddress hardwareAddress(InetAddress address) {
        long value = 0;
        for (byte octet : address.getAddress()) {
            value = value << Byte.SIZE | (octet & 0xff);
        }
        return new HardwareAddress(HARDWARE_PREFIX | value);
    }
}
