package io.demitasse.sandbox;

import static io.demitasse.sandbox.Talk.ask;
import static io.demitasse.sandbox.Talk.in;
import static io.demitasse.sandbox.Talk.tryToAsk;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.demitasse.linux.Fd;
import io.demitasse.linux.namespace.NamespacePin;
import io.demitasse.linux.namespace.NamespaceThread;
import io.demitasse.linux.namespace.NamespaceType;
import io.demitasse.sandbox.network.HostPortTakenException;
import io.demitasse.sandbox.network.NetworkConfig;
import io.demitasse.sandbox.network.PortMapping;
import io.demitasse.sandbox.network.PortMapping.HostPort;
import io.demitasse.sandbox.network.PortMapping.Protocol;
import io.demitasse.sandbox.network.Subnet;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real packets: from outside the node by a wire, from the node, from pods. A server answers with
 * its name and the address it was asked from.
 */
@Timeout(120)
class HostPortsTest {
    private static final NetworkConfig CONFIG =
            new NetworkConfig("demitest0", Subnet.parse("10.99.0.0/24"), 1400, true);
    private static final String TABLE = "demitasse_demitest0";
    private static final String NODE = "192.0.2.1";
    private static final String OTHER_ADDRESS = "192.0.2.9";
    private static final String OUTSIDE = "192.0.2.2";

    @TempDir private Path state;
    @TempDir private Path pins;
    private Sandboxes sandboxes;
    private Fd outside;
    private final List<AutoCloseable> servers = new ArrayList<>();

    @BeforeEach
    void wire() throws Exception {
        TestNode.assumePrivate();
        sandboxes = TestNode.sandboxes(state, CONFIG);
        var pin = pins.resolve("outside");
        outside =
                NamespaceThread.start(
                                "outside",
                                Set.of(NamespaceType.NET),
                                inside -> {
                                    inside.pin(NamespaceType.NET, pin);
                                    return NamespacePin.open(NamespaceType.NET, pin).orElseThrow();
                                })
                        .await();
        var us = String.valueOf(ProcessHandle.current().pid());
        var there = "--net=" + pin;
        TestNode.run(
                "nsenter",
                there,
                "ip",
                "link",
                "add",
                "eth9",
                "type",
                "veth",
                "peer",
                "name",
                "demiout0",
                "netns",
                us);
        TestNode.run("nsenter", there, "ip", "address", "add", OUTSIDE + "/24", "dev", "eth9");
        TestNode.run("nsenter", there, "ip", "link", "set", "eth9", "up");
        TestNode.run("ip", "address", "add", NODE + "/24", "dev", "demiout0");
        TestNode.run("ip", "address", "add", OTHER_ADDRESS + "/24", "dev", "demiout0");
        TestNode.run("ip", "link", "set", "demiout0", "up");
    }

    @AfterEach
    void unwire() throws Exception {
        if (outside == null) {
            return;
        }
        for (var server : servers) {
            server.close();
        }
        outside.close();
        TestNode.run("ip", "link", "delete", "demiout0");
        TestNode.run("umount", pins.resolve("outside").toString());
        sandboxes.collect(Set.of());
        sandboxes.removeInfrastructure();
        assertThat(TestNode.run("nft", "list", "tables")).doesNotContain(TABLE);
        assertThat(new SandboxPaths(state).ports("demitest0")).isEmptyDirectory();
    }

    private static PortMapping mapping(Protocol protocol, String address, int port, int target) {
        return new PortMapping(
                new HostPort(protocol, InetAddress.ofLiteral(address), port), target);
    }

    private static PortMapping tcp(int port, int target) {
        return mapping(Protocol.TCP, "0.0.0.0", port, target);
    }

    private static SandboxSpec spec(String hostname, PortMapping... mappings) {
        return SandboxSpec.of(TestNode.newId(), hostname).withPorts(List.of(mappings));
    }

    private Sandbox create(String hostname, PortMapping... mappings) throws IOException {
        return sandboxes.create(spec(hostname, mappings));
    }

    private Sandbox serve(Sandbox pod, String name, int port) throws IOException {
        serve(in(pod, () -> new ServerSocket(port)), name);
        return pod;
    }

    private void serve(ServerSocket listening, String name) {
        servers.add(listening);
        Talk.answer(listening, name);
    }

    @Test
    void shouldLeadFromOutsideToThePod() throws Exception {
        serve(create("web-0", tcp(8012, 8080)), "web-0", 8080);

        assertThat(in(outside, () -> ask(NODE, 8012))).isEqualTo("web-0 " + OUTSIDE);
        assertThat(in(outside, () -> ask(OTHER_ADDRESS, 8012))).isEqualTo("web-0 " + OUTSIDE);
        assertThat(in(outside, () -> tryToAsk(NODE, 8080))).isEmpty();
    }

    @Test
    void shouldLeadFromTheNodeToThePod() throws Exception {
        serve(create("web-0", tcp(8012, 8080)), "web-0", 8080);

        assertThat(ask(NODE, 8012)).isEqualTo("web-0 " + NODE);
        assertThat(ask("127.0.0.1", 8012)).isEqualTo("web-0 10.99.0.1");
        assertThat(ask("127.0.0.53", 8012)).isEqualTo("web-0 10.99.0.1");
    }

    @Test
    void shouldLeadFromPodsToAPodAlsoToItself() throws Exception {
        var web = serve(create("web-0", tcp(8012, 8080)), "web-0", 8080);
        var other = create("web-1");

        assertThat(in(other, () -> ask(NODE, 8012))).isEqualTo("web-0 10.99.0.1");
        assertThat(in(web, () -> ask(NODE, 8012))).isEqualTo("web-0 10.99.0.1");
        // without a port of the node, pods see each other's addresses
        assertThat(in(other, () -> ask("10.99.0.2", 8080))).isEqualTo("web-0 10.99.0.3");
    }

    @Test
    void shouldLeaveConnectionsAloneThatGoToNoPod() throws Exception {
        create("web-0", tcp(8012, 8080));
        serve(new ServerSocket(8013), "node");

        try (var socket = new Socket()) {
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.5"), 0));
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 8013));
            var said =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

            assertThat(said).isEqualTo("node 127.0.0.5\n");
        }
    }

    @Test
    void shouldLeadDatagramsThereAndBack() throws Exception {
        answer(create("dns", mapping(Protocol.UDP, "0.0.0.0", 53, 5353)), "dns");

        assertThat(in(outside, () -> exchange(NODE, 53))).isEqualTo("dns " + OUTSIDE);
        assertThat(exchange("127.0.0.1", 53)).isEqualTo("dns 10.99.0.1");
        assertThat(tryToAsk(NODE, 53)).isEmpty();
    }

    @Test
    void shouldLeadDatagramsAnewThatBeganBeforeThePod() throws Exception {
        create("first"); // makes the table, which has the kernel track connections
        var dns = mapping(Protocol.UDP, "0.0.0.0", 53, 5353);
        try (var client = in(outside, DatagramSocket::new)) {
            client.setSoTimeout(Talk.MILLIS);
            assertThatThrownBy(() -> exchange(client, NODE, 53))
                    .isInstanceOf(SocketTimeoutException.class);

            var pod = answer(create("dns-0", dns), "dns-0");
            assertThat(exchange(client, NODE, 53)).isEqualTo("dns-0 " + OUTSIDE);

            sandboxes.stop(pod.id());
            assertThatThrownBy(() -> exchange(client, NODE, 53))
                    .isInstanceOf(SocketTimeoutException.class);
            answer(create("dns-1", dns), "dns-1");
            assertThat(exchange(client, NODE, 53)).isEqualTo("dns-1 " + OUTSIDE);
        }
    }

    private Sandbox answer(Sandbox pod, String name) throws IOException {
        var server = in(pod, () -> new DatagramSocket(5353));
        servers.add(server);
        Thread.ofVirtual().start(() -> echo(server, name));
        return pod;
    }

    private static void echo(DatagramSocket server, String name) {
        var packet = new DatagramPacket(new byte[100], 100);
        while (!server.isClosed()) {
            try {
                server.receive(packet);
                var answer =
                        (name + " " + packet.getAddress().getHostAddress())
                                .getBytes(StandardCharsets.UTF_8);
                server.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                packet.setLength(100);
            } catch (IOException ended) {
                return;
            }
        }
    }

    private static String exchange(String address, int port) throws IOException {
        try (var socket = new DatagramSocket()) {
            socket.setSoTimeout(Talk.MILLIS);
            return exchange(socket, address, port);
        }
    }

    private static String exchange(DatagramSocket socket, String address, int port)
            throws IOException {
        var hello = "hello".getBytes(StandardCharsets.UTF_8);
        socket.send(new DatagramPacket(hello, hello.length, InetAddress.ofLiteral(address), port));
        var packet = new DatagramPacket(new byte[100], 100);
        socket.receive(packet);
        return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
    }

    @Test
    void shouldLeadOnlyFromTheAddressThatIsGiven() throws Exception {
        serve(create("one", mapping(Protocol.TCP, OTHER_ADDRESS, 8012, 8080)), "one", 8080);

        assertThat(in(outside, () -> ask(OTHER_ADDRESS, 8012))).startsWith("one ");
        assertThat(in(outside, () -> tryToAsk(NODE, 8012))).isEmpty();
        assertThat(tryToAsk("127.0.0.1", 8012)).isEmpty();
        // and it comes before every address
        serve(create("all", tcp(8012, 8080)), "all", 8080);
        assertThat(in(outside, () -> ask(OTHER_ADDRESS, 8012))).startsWith("one ");
        assertThat(in(outside, () -> ask(NODE, 8012))).startsWith("all ");
    }

    @Test
    void shouldWriteEveryProtocolIntoTheTable() throws Exception {
        var pod =
                create(
                        "all",
                        tcp(8012, 80),
                        mapping(Protocol.UDP, "0.0.0.0", 8012, 81),
                        mapping(Protocol.SCTP, "127.0.0.1", 8012, 82));

        assertThat(elements())
                .contains("tcp . 8012 : 10.99.0.2 . 80", "udp . 8012 : 10.99.0.2 . 81")
                .contains("127.0.0.1 . sctp . 8012 : 10.99.0.2 . 82");
        sandboxes.stop(pod.id());
        assertThat(elements()).doesNotContain("8012");
    }

    private static String elements() throws Exception {
        return TestNode.run("nft", "list", "table", "ip", TABLE);
    }

    @Test
    void shouldEndWithThePod() throws Exception {
        var pod = serve(create("web-0", tcp(8012, 8080)), "web-0", 8080);
        assertThat(in(outside, () -> tryToAsk(NODE, 8012))).isPresent();

        sandboxes.stop(pod.id());
        sandboxes.stop(pod.id());

        assertThat(in(outside, () -> tryToAsk(NODE, 8012))).isEmpty();
        assertThat(elements()).doesNotContain("8012");
        // and is another's to have before the first is removed
        serve(create("web-1", tcp(8012, 8080)), "web-1", 8080);
        assertThat(in(outside, () -> ask(NODE, 8012))).startsWith("web-1 ");
        sandboxes.remove(pod.id());
        assertThat(in(outside, () -> ask(NODE, 8012))).startsWith("web-1 ");
    }

    @Test
    void shouldRefuseAPortThatIsTakenAndLeaveItsOwnerAlone() throws Exception {
        var owner = serve(create("web-0", tcp(8012, 8080)), "web-0", 8080);
        var wants = spec("web-1", tcp(8011, 8080), tcp(8012, 8080));
        var message =
                "host port tcp 0.0.0.0:8012 belongs to pod sandbox %s; stop that one first"
                        .formatted(owner.id());

        assertThatThrownBy(() -> sandboxes.requireFreePorts(wants))
                .isInstanceOf(HostPortTakenException.class)
                .hasMessage(message);
        assertThatThrownBy(() -> sandboxes.create(wants))
                .isInstanceOf(HostPortTakenException.class)
                .hasMessage(message);

        assertThat(sandboxes.ids()).containsExactly(owner.id());
        assertThat(in(outside, () -> ask(NODE, 8012))).startsWith("web-0 ");
        assertThat(elements()).doesNotContain("8011");
        // the same number at one address is another port
        create("web-2", mapping(Protocol.TCP, NODE, 8012, 80));
    }

    @Test
    void shouldUndoPortsWhenTheTableIsGoneAndMakeItAgain() throws Exception {
        create("web-0", tcp(8012, 8080));
        TestNode.run("nft", "delete", "table", "ip", TABLE);
        var wants = spec("web-1", tcp(8013, 8080));

        assertThatThrownBy(() -> sandboxes.create(wants))
                .hasMessageStartingWith("NFT_MSG_NEWSETELEM(ip demitasse_demitest0 host_ports");

        assertThat(sandboxes.ids()).hasSize(1);
        create("web-2", tcp(8014, 8080));
        assertThat(elements()).contains("8012", "8014").doesNotContain("8013");
    }

    @Test
    void shouldUndoPortsWhenTheRestOfThePodFails() throws Exception {
        var wants =
                new SandboxSpec(
                                TestNode.newId(),
                                NetworkMode.POD,
                                IpcMode.POD,
                                "web-0",
                                DnsConfig.OF_NODE,
                                Map.of("net.ipv4.no_such_thing", "1"),
                                SandboxSpec.DEFAULT_SHM_BYTES)
                        .withPorts(List.of(tcp(8012, 8080)));

        assertThatThrownBy(() -> sandboxes.create(wants)).hasMessageContaining("no_such_thing");

        assertThat(elements()).doesNotContain("8012");
        create("web-1", tcp(8012, 8080));
    }

    @Test
    void shouldKeepPortsOfTheLivingAndCollectThoseOfTheDead() throws Exception {
        var live = serve(create("web-0", tcp(8012, 8080)), "web-0", 8080);
        create("web-1", tcp(8013, 8080), tcp(8014, 8080));
        // what a crash between two steps leaves
        Files.createFile(new SandboxPaths(state).ports("demitest0").resolve("tcp-0.0.0.0-8015"));
        Files.createFile(new SandboxPaths(state).ports("demitest0").resolve("README"));

        var later = TestNode.sandboxes(state, CONFIG);
        later.collect(Set.of(live.id()));

        assertThat(in(outside, () -> ask(NODE, 8012))).startsWith("web-0 ");
        assertThat(elements()).doesNotContain("8013").doesNotContain("8014");
        // whose first pod makes the table anew
        TestNode.run("nft", "flush", "map", "ip", TABLE, "host_ports");
        var newcomer = later.create(spec("web-2", tcp(8013, 8080)));
        assertThat(elements()).contains("tcp . 8012", "tcp . 8013").doesNotContain("8014");
        assertThatThrownBy(() -> later.create(spec("web-3", tcp(8012, 80))))
                .isInstanceOf(HostPortTakenException.class);
        assertThat(in(outside, () -> ask(NODE, 8012))).startsWith("web-0 ");
        later.remove(newcomer.id());
        later.remove(live.id());
        assertThat(elements()).doesNotContain("elements");
        Files.delete(new SandboxPaths(state).ports("demitest0").resolve("README"));
        sandboxes = later;
    }

    /**
     * With ports of the node, the kernel routes packets for 127.0.0.0/8: pods must not send any.
     */
    @Test
    void shouldKeepPodsFromTheNodesLoopback() throws Exception {
        var pod = create("web-0", tcp(8012, 8080));
        var attacker = create("evil");
        serve(new ServerSocket(9999, 5, InetAddress.ofLiteral("127.0.0.9")), "secret");
        for (var one : List.of(pod, attacker)) {
            TestNode.runIn(one, "sysctl", "-qw", "net.ipv4.conf.eth0.route_localnet=1");
            TestNode.runIn(one, "ip", "route", "del", "table", "local", "127.0.0.0/8", "dev", "lo");
            TestNode.runIn(
                    one,
                    "ip",
                    "route",
                    "add",
                    "127.0.0.9/32",
                    "via",
                    "10.99.0.1",
                    "dev",
                    "eth0",
                    "onlink");
        }

        assertThat(in(attacker, () -> tryToAsk("127.0.0.9", 9999))).isEmpty();
        assertThat(in(pod, () -> tryToAsk("127.0.0.9", 9999))).isEmpty();

        // that it could have worked: for the one whose link routes such packets for its port
        TestNode.run("nft", "flush", "chain", "ip", TABLE, "from_pod");
        assertThat(in(attacker, () -> tryToAsk("127.0.0.9", 9999))).isEmpty();
        assertThat(in(pod, () -> tryToAsk("127.0.0.9", 9999)))
                .hasValueSatisfying(said -> assertThat(said).startsWith("secret "));
    }

    @Test
    void shouldIgnorePortsWithTheNodesNetwork() throws Exception {
        var spec =
                new SandboxSpec(
                                TestNode.newId(),
                                NetworkMode.NODE,
                                IpcMode.NODE,
                                "",
                                DnsConfig.OF_NODE,
                                Map.of(),
                                SandboxSpec.DEFAULT_SHM_BYTES)
                        .withPorts(List.of(tcp(8012, 8080)));

        sandboxes.create(spec);

        assertThat(spec.ports()).isEmpty();
        assertThat(new SandboxPaths(state).ports("demitest0")).isEmptyDirectory();
    }
}
