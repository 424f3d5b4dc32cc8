package io.demitasse.sandbox.network;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.netlink.HardwareAddress;
import io.demitasse.linux.netlink.Link;
import io.demitasse.linux.netlink.LinkSetting;
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
 * A range of addresses of its own, routed by the node and masqueraded to the outside.
 *
 * <pre>
 *    node                                        │ pod
 *    demi0 10.88.0.1                             │
 *    demi3f2a9c1b04e ◀── route to 10.88.0.2 ─────┼──── eth0 10.88.0.2, default via 10.88.0.1
 * </pre>
 *
 * <p>Pods share nothing but the node's routing: no segment, so nobody to impersonate. Neither end
 * of a pair speaks ARP, both have the same hardware address; the node takes from a pod what comes
 * from the pod's address and throws away the rest, with {@link NatTable}. The interface that is
 * named after the network is a bridge without ports, which every kernel has that this runs on: all
 * it does is to hold the gateway's address. Pods that an earlier version made are ports of it until
 * they end.
 *
 * <p>Per pod there is one file, the lease, one message to the kernel for the pair of links, both
 * born where they are to live, and one for the route. They die with the pod's namespace. A port of
 * the node that leads to the pod is one more file and one more message.
 *
 * <p><b>Threads.</b> May be shared. The node's socket serves one pod at a time, which costs
 * nothing: the kernel's own lock around links (rtnl) does the same.
 */
public final class RoutedNetwork implements Network {
    /** What our ends of pairs are called, before the beginning of the sandbox's id. */
    static final String LINK_PREFIX = "demi";

    private static final int LINK_ID_DIGITS = 11;
    private static final String POD_LINK = "eth0";
    private static final Path IP_FORWARD = Path.of("/proc/sys/net/ipv4/ip_forward");
    private static final Path IPV6 = Path.of("/proc/net/if_inet6");
    // A locally administered range
    private static final long HARDWARE_PREFIX = 0x0a58_0000_0000L;
    private static final int NO_GROUP = 0;
    private static final int NOWHERE = -1; // no link has this index

    private final NetworkConfig config;
    private final Leases leases;
    private final HostPorts ports;
    private final List<LinkSetting> withoutIpv6;
    private volatile @Nullable RouteSocket node; // once all is prepared
    private @Nullable RouteSocket opened; // guarded by this; outlives a gateway that vanishes

    private RoutedNetwork(
            NetworkConfig config, Leases leases, HostPorts ports, List<LinkSetting> withoutIpv6) {
        this.config = config;
        this.leases = leases;
        this.ports = ports;
        this.withoutIpv6 = withoutIpv6;
    }

    /** Reads the leases and ports in the directories; makes nothing else yet. */
    public static RoutedNetwork open(NetworkConfig config, Path leases, Path ports)
            throws IOException {
        var leased = Leases.open(leases, config.subnet());
        boolean hasIpv6 = Files.exists(IPV6);
        return new RoutedNetwork(
                config,
                leased,
                HostPorts.open(ports, leased, new NatTable(config, hasIpv6)),
                hasIpv6 ? List.of(LinkSetting.NO_IPV6_ADDRESS) : List.of());
    }

    @Override
    public void prepare() throws IOException {
        prepared();
    }

    private RouteSocket prepared() throws IOException {
        var current = node;
        if (current != null) {
            return current;
        }
        synchronized (this) {
            if (node == null) {
                node = makeNode();
            }
            return node;
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
            // Perhaps somebody deleted the gateway: the next pod is to look for it.
            node = null;
            abandon(current, pod.sandboxId(), failed);
            throw failed;
        }
    }

    private void connect(RouteSocket links, PodNamespace pod, InetAddress address)
            throws SyscallException {
        var name = linkName(pod.sandboxId());
        links.request(
                new RouteRequest.AddVeth(
                        name,
                        hardwareAddress(address),
                        config.mtu(),
                        new RouteRequest.VethPeer(POD_LINK, pod.netns())),
                configure(name, LinkSetting.RP_FILTER));
        var link = require(pod.links(), POD_LINK);
        pod.links()
                .request(
                        new RouteRequest.Configure(POD_LINK, NO_GROUP, withoutIpv6),
                        new RouteRequest.AddAddress(link.index(), address, bits(address)),
                        new RouteRequest.SetUp(link.index()),
                        new RouteRequest.AddDefaultRoute(link.index(), config.gateway()));
        links.request(new RouteRequest.SetHostRoute(address, link.peer(), config.gateway()));
    }

    /** {@return the request that makes a link of the node ours} */
    private RouteRequest configure(String name, LinkSetting setting) {
        var settings = new ArrayList<>(withoutIpv6);
        settings.add(setting);
        return new RouteRequest.Configure(name, config.group(), settings);
    }

    private static int bits(InetAddress address) {
        return address.getAddress().length * Byte.SIZE;
    }

    private void abandon(RouteSocket links, String sandboxId, IOException failed) {
        try {
            leases.release(sandboxId);
            delete(links, linkName(sandboxId));
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
            // Lets the node send there from 127.0.0.1, which the kernel refuses otherwise. What the
            // pod sends to that address is dropped by the table.
            prepared().request(configure(linkName(sandboxId), LinkSetting.ROUTE_LOCALNET));
            ports.publish(sandboxId, address.get(), wanted);
        } catch (HostPortTakenException taken) {
            throw taken;
        } catch (IOException failed) {
            // Perhaps somebody deleted the table: the next pod is to look for it.
            node = null;
            throw failed;
        }
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
        var names = live.stream().map(RoutedNetwork::linkName).collect(Collectors.toSet());
        try (var links = RouteSocket.open()) {
            for (var end : ends(links)) {
                if (!names.contains(end.name())) {
                    delete(links, end.name());
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
            for (var end : ends(links)) {
                delete(links, end.name());
            }
            delete(links, config.bridge());
        }
        ports.uninstall();
    }

    /**
     * {@return our ends of pairs, those at the bridge of an earlier version too; another network's
     * may have the same prefix}
     */
    private List<Link> ends(RouteSocket links) throws SyscallException {
        int bridge = links.link(config.bridge()).map(Link::index).orElse(NOWHERE);
        return links.links().stream()
                .filter(link -> link.name().startsWith(LINK_PREFIX))
                .filter(link -> link.group() == config.group() || link.master() == bridge)
                .filter(link -> !link.name().equals(config.bridge()))
                .toList();
    }

    /** Runs outside of pods; called with this locked. */
    private RouteSocket makeNode() throws IOException {
        if (opened == null) {
            opened = RouteSocket.open();
        }
        makeGateway(opened);
        set(IP_FORWARD);
        ports.install();
        return opened;
    }

    /** Written only if need be: where /proc/sys is read-only, somebody else may have seen to it. */
    private static void set(Path sysctl) throws IOException {
        if (!Files.readString(sysctl).startsWith("1")) {
            Files.writeString(sysctl, "1");
        }
    }

    /**
     * Every step may find itself done by an earlier daemon; if not, pods may have lost their routes
     * with the gateway. It answers at the bridge for pods to those that are ports of it.
     */
    private void makeGateway(RouteSocket links) throws SyscallException {
        var gateway = config.gateway();
        var subnet = config.subnet();
        boolean isNew =
                attempt(
                        links,
                        new RouteRequest.AddBridge(
                                config.bridge(), hardwareAddress(gateway), config.mtu()));
        int index = require(links, config.bridge()).index();
        attempt(links, new RouteRequest.AddAddress(index, gateway, bits(gateway)));
        links.request(
                configure(config.bridge(), LinkSetting.PROXY_ARP), new RouteRequest.SetUp(index));
        // An address that no pod has must not be looked for outside.
        attempt(
                links,
                new RouteRequest.AddUnreachable(subnet.network(), subnet.prefixLength(), gateway));
        if (isNew) {
            restoreRoutes(links);
        }
    }

    private void restoreRoutes(RouteSocket links) throws SyscallException {
        var indices = ends(links).stream().collect(Collectors.toMap(Link::name, Link::index));
        for (var lease : leases.all().entrySet()) {
            var index = indices.get(linkName(lease.getKey()));
            if (index != null) {
                links.request(
                        new RouteRequest.SetHostRoute(lease.getValue(), index, config.gateway()));
            }
        }
    }

    /** {@return whether it had not been done before} */
    private static boolean attempt(RouteSocket links, RouteRequest request)
            throws SyscallException {
        try {
            links.request(request);
            return true;
        } catch (SyscallException refused) {
            if (!refused.is(Errno.EEXIST)) {
                throw refused;
            }
            return false;
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
