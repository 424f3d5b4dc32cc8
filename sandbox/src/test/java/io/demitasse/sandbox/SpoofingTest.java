package io.demitasse.sandbox;

import static io.demitasse.sandbox.Talk.in;
import static io.demitasse.sandbox.Talk.tryToAsk;
import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.sandbox.PlainBridge.Station;
import io.demitasse.sandbox.network.NetworkConfig;
import io.demitasse.sandbox.network.Subnet;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One pod pretends to be another, or the gateway. Each attack is tried on a plain bridge first,
 * where it works.
 */
@Timeout(120)
class SpoofingTest {
    private static final NetworkConfig CONFIG =
            new NetworkConfig("demitest0", Subnet.parse("10.99.0.0/24"), 1400, true);
    private static final String GATEWAY = "10.99.0.1";
    private static final int PORT = 8080;

    @TempDir private Path state;
    @TempDir private Path programs;
    private Frames frames;
    private Sandboxes sandboxes;
    private PlainBridge bridge;
    private Station evil;
    private Station victim;
    private final List<AutoCloseable> sockets = new ArrayList<>();

    @BeforeEach
    void makeBoth() throws Exception {
        TestNode.assumePrivate();
        frames = new Frames(programs);
        sandboxes = TestNode.sandboxes(state, CONFIG);
        bridge = PlainBridge.make("plain0", "10.98.0");
        victim = create("victim");
        evil = create("evil");
    }

    @AfterEach
    void undo() throws Exception {
        if (sandboxes == null) {
            return;
        }
        for (var socket : sockets) {
            socket.close();
        }
        bridge.remove();
        sandboxes.collect(Set.of());
        sandboxes.removeInfrastructure();
    }

    private Station create(String name) throws Exception {
        return Station.of(sandboxes.create(SandboxSpec.of(TestNode.newId(), name)));
    }

    private void serve(Station station, String name) throws IOException {
        try (var netns = station.open()) {
            var listening = in(netns, () -> new ServerSocket(PORT));
            sockets.add(listening);
            Talk.answer(listening, name);
        }
    }

    /** {@return who answers the node at a station's address} */
    private static String whoAnswersAt(Station station) {
        return tryToAsk(station.address(), PORT)
                .map(said -> said.split(" ", 2)[0])
                .orElse("nobody");
    }

    @Test
    void shouldLeadToAPodWhoeverClaimsItsAddress() throws Exception {
        for (var pair : List.of(List.of(bridge.evil(), bridge.victim()), List.of(evil, victim))) {
            var claims = pair.get(0);
            var has = pair.get(1);
            serve(has, "victim");
            serve(claims, "evil");
            claims.run("ip", "address", "add", has.address() + "/32", "dev", "eth0");
            assertThat(whoAnswersAt(has)).isEqualTo("victim");

            frames.send(claims, Frames.gratuitousArp(claims.hardwareAddress(), has.address()));
        }

        assertThat(whoAnswersAt(bridge.victim())).isEqualTo("evil");
        assertThat(whoAnswersAt(victim)).isEqualTo("victim");
        try (var other = create("other").open()) {
            assertThat(in(other, () -> whoAnswersAt(victim))).isEqualTo("victim");
        }
    }

    @Test
    void shouldLeadToTheNodeWhoeverClaimsTheGatewaysAddress() throws Exception {
        for (var claims : List.of(bridge.evil(), evil)) {
            serve(claims, "evil");
            var gateway = claims.equals(evil) ? GATEWAY : "10.98.0.1";
            TestNode.ping(claims.equals(evil) ? victim.netns() : bridge.victim().netns(), gateway);
            claims.run("ip", "address", "add", gateway + "/32", "dev", "eth0");
            frames.send(claims, Frames.gratuitousArp(claims.hardwareAddress(), gateway));
        }
        var node = new ServerSocket(PORT);
        sockets.add(node);
        Talk.answer(node, "node");

        try (var netns = bridge.victim().open()) {
            assertThat(in(netns, () -> tryToAsk("10.98.0.1", PORT)).orElse("")).startsWith("evil");
        }
        try (var netns = victim.open()) {
            assertThat(in(netns, () -> tryToAsk(GATEWAY, PORT)).orElse("")).startsWith("node");
        }
    }

    @Test
    void shouldLeadToAPodWhoeverUsesItsHardwareAddress() throws Exception {
        for (var pair : List.of(List.of(bridge.evil(), bridge.victim()), List.of(evil, victim))) {
            var has = pair.get(1);
            serve(has, "victim");
            assertThat(whoAnswersAt(has)).isEqualTo("victim");

            frames.send(
                    pair.get(0),
                    Frames.ethernet(Frames.EVERYBODY, has.hardwareAddress(), 0x88b5, new byte[46]));
        }

        assertThat(whoAnswersAt(bridge.victim())).isEqualTo("nobody");
        assertThat(whoAnswersAt(victim)).isEqualTo("victim");
    }

    @Test
    void shouldFollowNoPodThatSaysItIsARouter() throws Exception {
        // as a node that is as credulous as can be
        TestNode.run("sysctl", "-qw", "net.ipv6.conf.plain0.accept_ra=2");
        TestNode.run("sysctl", "-qw", "net.ipv6.conf." + evil.end() + ".accept_ra=2");

        frames.send(evil, Frames.routerAdvertisement(evil.hardwareAddress()));
        frames.send(bridge.evil(), Frames.routerAdvertisement(bridge.evil().hardwareAddress()));

        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        String routes;
        do { // each look starts a process
            routes = TestNode.run("ip", "-6", "route");
        } while (!routes.contains("default") && System.nanoTime() < deadline);
        assertThat(routes).contains("2001:db8::/64 dev plain0", "default via fe80::bad dev plain0");
        assertThat(routes).doesNotContain(evil.end(), "demitest0");
        assertThat(TestNode.run("ip", "-6", "address", "show", "dev", evil.end())).isEmpty();
        assertThat(victim.run("ip", "-6", "route")).isEmpty();
    }

    @Test
    void shouldDropWhatAPodSendsFromAnothersAddress() throws Exception {
        try (var node = new DatagramSocket(5000, InetAddress.ofLiteral(GATEWAY))) {
            node.setSoTimeout(5000);
            // whatever the node says about interfaces in general
            TestNode.run("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=2");
            assertThat(heard(node)).isEqualTo(evil.address());
            TestNode.run("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0");
            assertThat(heard(node)).isEqualTo(evil.address());
            // or about this one: the rule holds
            var filter = "net.ipv4.conf." + evil.end() + ".rp_filter=";
            TestNode.run("sysctl", "-qw", filter + "0");
            assertThat(heard(node)).isEqualTo(evil.address());
            TestNode.run("sysctl", "-qw", filter + "1");
            // or about packets, to a point: the interface holds
            TestNode.run("nft", "flush", "chain", "ip", "demitasse_demitest0", "from_pod");
            assertThat(heard(node)).isEqualTo(evil.address());

            // that it could have worked
            TestNode.run("sysctl", "-qw", filter + "0");
            assertThat(heard(node)).isEqualTo(victim.address());
        }
    }

    /** {@return whom the node hears first when a pod lies twice, then says the truth} */
    private String heard(DatagramSocket node) throws Exception {
        for (var from : List.of(victim.address(), "192.0.2.1", evil.address())) {
            var packet = Frames.datagram(from, GATEWAY, node.getLocalPort(), bytes(from));
            frames.send(
                    evil,
                    Frames.ethernet(
                            evil.hardwareAddress(), evil.hardwareAddress(), 0x0800, packet));
        }
        String first = "";
        String said;
        do {
            var received = new DatagramPacket(new byte[100], 100);
            node.receive(received);
            said = new String(received.getData(), 0, received.getLength(), StandardCharsets.UTF_8);
            first = first.isEmpty() ? received.getAddress().getHostAddress() : first;
        } while (!said.equals(evil.address()));
        return first;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
