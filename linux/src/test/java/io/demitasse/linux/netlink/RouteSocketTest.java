package io.demitasse.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.namespace.NamespaceThread;
import io.demitasse.linux.namespace.NamespaceType;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each test in a network namespace of its own, which the socket alone keeps alive. */
@Timeout(120)
class RouteSocketTest {
    private static final HardwareAddress ADDRESS = new HardwareAddress(0x0a58_0a00_0001L);

    private RouteSocket links;

    @BeforeEach
    void openInNewNamespace() throws IOException {
        assumeTrue(
                Files.isWritable(Path.of("/proc/sys/kernel/hostname")),
                "needs root to make a network namespace: run ./test");
        links =
                NamespaceThread.start("test", Set.of(NamespaceType.NET), _ -> RouteSocket.open())
                        .await();
    }

    @AfterEach
    void close() {
        if (links != null) {
            links.close();
        }
    }

    @Test
    void shouldServeTheNamespaceItWasOpenedIn() throws Exception {
        assertThat(links.links()).extracting(Link::name).contains("lo");
        assertThat(links.link("lo").orElseThrow().isUp()).isFalse();
        assertThat(links.link("nowhere")).isEmpty();
    }

    @Test
    void shouldDoSeveralThingsAtOnce() throws Exception {
        links.request(
                new RouteRequest.AddBridge("demi0", ADDRESS, 1400), new RouteRequest.SetUp(1));

        var bridge = links.link("demi0").orElseThrow();
        assertThat(bridge.isUp()).isTrue();
        assertThat(bridge.mtu()).isEqualTo(1400);
        assertThat(links.link("lo").orElseThrow().isUp()).isTrue();
    }

    @Test
    void shouldNameRequestAndErrnoWhenRefused() throws Exception {
        links.request(new RouteRequest.AddBridge("demi0", ADDRESS, 1500));

        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(() -> links.request(new RouteRequest.AddBridge("demi0", ADDRESS, 1500)))
                .withMessage("RTM_NEWLINK(demi0 bridge) = EEXIST (File exists)");
    }

    @Test
    void shouldPassOnWhatTheKernelExplains() throws Exception {
        var route = new RouteRequest.AddDefaultRoute(1, InetAddress.ofLiteral("192.0.2.1"));

        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(() -> links.request(route, new RouteRequest.SetUp(1)))
                .withMessage(
                        "RTM_NEWROUTE(default via 192.0.2.1, index 1) = ENETDOWN (Network is down):"
                                + " Nexthop device is not up");
    }

    @Test
    void shouldReportTheFirstRefusalAndStayUsable() throws Exception {
        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(() ->
                        links.request(
                                new RouteRequest.DeleteLink("nowhere"),
                                new RouteRequest.SetUp(4711),
                                new RouteRequest.SetUp(1)))
                .withMessageStartingWith("RTM_DELLINK(nowhere) = ENODEV (No such device)");

        assertThat(links.link("lo").orElseThrow().isUp()).isTrue();
    }

    private RouteSocket makePair() throws IOException {
        return NamespaceThread.start(
                        "test",
                        Set.of(NamespaceType.NET),
                        inside -> {
                            try (var netns = inside.open(NamespaceType.NET)) {
                                var peer = new RouteRequest.VethPeer("eth0", netns);
                                links.request(
                                        new RouteRequest.AddVeth("demi1", ADDRESS, 1400, peer));
                            }
                            return RouteSocket.open();
                        })
                .await();
    }

    @Test
    void shouldMakeBothEndsOfAPairWhereTheyBelong() throws Exception {
        try (var pod = makePair()) {
            var near = links.link("demi1").orElseThrow();
            var far = pod.link("eth0").orElseThrow();
            assertThat(near.isUp()).isTrue();
            assertThat(near.group()).isEqualTo(Link.NONE);
            assertThat(near.master()).isEqualTo(Link.NONE);
            assertThat(far.mtu()).isEqualTo(1400);
            assertThat(far.isUp()).isFalse();
            assertThat(far.peer()).isEqualTo(near.index());
            assertThat(links.link("eth0")).isEmpty();
        }
    }

    @Test
    void shouldTurnOnWhatIsAskedForAndNothingElse() throws Exception {
        var settings = List.of("rp_filter", "proxy_arp", "route_localnet");
        var found =
                NamespaceThread.start(
                                "test",
                                Set.of(NamespaceType.NET),
                                _ -> {
                                    try (var inside = RouteSocket.open()) {
                                        inside.request(
                                                new RouteRequest.AddBridge("demi0", ADDRESS, 1500),
                                                new RouteRequest.Configure(
                                                        "demi0",
                                                        4711,
                                                        List.of(
                                                                LinkSetting.RP_FILTER,
                                                                LinkSetting.ROUTE_LOCALNET,
                                                                LinkSetting.NO_IPV6_ADDRESS)));
                                        assertThat(inside.link("demi0").orElseThrow().group())
                                                .isEqualTo(4711);
                                    }
                                    var values = new StringBuilder();
                                    for (var setting : settings) {
                                        values.append(read("ipv4/conf/demi0/" + setting));
                                    }
                                    return values.append(read("ipv6/conf/demi0/addr_gen_mode"));
                                })
                        .await();

        assertThat(found).hasToString("1011");
    }

    private static String read(String setting) throws IOException {
        return Files.readString(Path.of("/proc/sys/net", setting)).strip();
    }

    @Test
    void shouldReplaceTheRouteToAnAddress() throws Exception {
        var source = InetAddress.ofLiteral("192.0.2.1");
        var destination = InetAddress.ofLiteral("192.0.2.2");
        links.request(
                new RouteRequest.AddBridge("demi0", ADDRESS, 1500),
                new RouteRequest.AddBridge("demi1", ADDRESS, 1500));
        int first = links.link("demi0").orElseThrow().index();
        int second = links.link("demi1").orElseThrow().index();
        var unreachable =
                new RouteRequest.AddUnreachable(InetAddress.ofLiteral("192.0.2.0"), 24, source);

        links.request(
                new RouteRequest.AddAddress(first, source, 24),
                new RouteRequest.SetHostRoute(destination, first, source),
                new RouteRequest.SetHostRoute(destination, second, source),
                unreachable);

        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(() -> links.request(unreachable))
                .withMessage("RTM_NEWROUTE(unreachable 192.0.2.0/24) = EEXIST (File exists)");
        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(() ->
                        links.request(
                                new RouteRequest.SetHostRoute(destination, first, destination)))
                .withMessageStartingWith("RTM_NEWROUTE(192.0.2.2, index " + first + ") = EINVAL");
    }

    @Test
    void shouldCountWhatWentThroughALink() throws Exception {
        var address = InetAddress.ofLiteral("192.0.2.1");
        var opened =
                NamespaceThread.start(
                                "test",
                                Set.of(NamespaceType.NET),
                                _ -> {
                                    var inside = RouteSocket.open();
                                    inside.request(
                                            new RouteRequest.SetUp(1),
                                            new RouteRequest.AddAddress(1, address, 32));
                                    try (var socket = new DatagramSocket()) {
                                        socket.send(
                                                new DatagramPacket(
                                                        new byte[1000], 1000, address, 9));
                                    }
                                    return inside;
                                })
                        .await();

        try (var inside = opened) {
            var counters = inside.counters("lo").orElseThrow();
            assertThat(counters.received().bytes()).isGreaterThan(1000);
            assertThat(counters.received().packets()).isPositive();
            assertThat(counters.sent()).isEqualTo(counters.received());
            assertThat(inside.counters("nowhere")).isEmpty();
        }
        var none = new LinkCounters.Direction(0, 0, 0, 0);
        assertThat(links.counters("lo").orElseThrow()).isEqualTo(new LinkCounters(none, none));
    }

    @Test
    void shouldReadEveryLinkOfALongDump() throws Exception {
        for (int i = 0; i < 200; i++) {
            links.request(new RouteRequest.AddBridge("bridge" + i, ADDRESS, 1500));
        }

        assertThat(links.links()).hasSizeGreaterThan(200);
    }
}
