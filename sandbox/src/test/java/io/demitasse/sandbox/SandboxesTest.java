package io.demitasse.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.demitasse.linux.namespace.NamespaceType;
import io.demitasse.linux.netlink.LinkCounters;
import io.demitasse.sandbox.network.AddressesExhaustedException;
import io.demitasse.sandbox.network.NetworkConfig;
import io.demitasse.sandbox.network.Subnet;
import io.demitasse.sandbox.network.Traffic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real namespaces, links and mounts. */
@Timeout(120)
class SandboxesTest {
    private static final NetworkConfig CONFIG =
            new NetworkConfig("demitest0", Subnet.parse("10.99.0.0/24"), 1400, true);

    @TempDir private Path state;
    private Sandboxes sandboxes;

    @BeforeEach
    void open() throws IOException {
        TestNode.assumePrivate();
        sandboxes = open(CONFIG);
    }

    private Sandboxes open(NetworkConfig config) throws IOException {
        return TestNode.sandboxes(state, config);
    }

    @AfterEach
    void close() throws IOException {
        if (sandboxes != null) {
            sandboxes.collect(Set.of());
            sandboxes.removeInfrastructure();
        }
    }

    private Sandbox create(String hostname) throws IOException {
        return sandboxes.create(SandboxSpec.of(TestNode.newId(), hostname));
    }

    private SandboxSpec with(Map<String, String> sysctls) {
        return new SandboxSpec(
                TestNode.newId(),
                NetworkMode.POD,
                IpcMode.POD,
                "web-0",
                DnsConfig.OF_NODE,
                sysctls,
                1 << 20);
    }

    private void assertNothingIsLeft() throws Exception {
        assertThat(sandboxes.ids()).isEmpty();
        assertThat(new SandboxPaths(state).leases("demitest0")).isEmptyDirectory();
        assertNoLinkIsLeft();
    }

    private static void assertNoLinkIsLeft() throws Exception {
        // The kernel takes namespaces apart, and with them our ends of the pairs, on a thread of
        // its own: each look starts a process, so this is no busy loop.
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        String links;
        do {
            links = links();
        } while (!links.isEmpty() && System.nanoTime() < deadline);
        assertThat(links).isEmpty();
    }

    /** {@return the node's ends of pairs} */
    private static String links() throws Exception {
        return TestNode.run("ip", "-o", "link", "show", "type", "veth");
    }

    @Test
    void shouldLetTwoPodsReachEachOtherAndTheGateway() throws Exception {
        var first = create("web-0");
        var second = create("web-1");

        TestNode.ping(first, address(second));
        TestNode.ping(second, "10.99.0.1");
    }

    @Test
    void shouldLetPodReachTheNodesOtherAddressesAndItself() throws Exception {
        TestNode.run("ip", "address", "add", "203.0.113.7/32", "dev", "lo");
        var pod = create("web-0");

        TestNode.ping(pod, "203.0.113.7");
        TestNode.run("ip", "address", "del", "203.0.113.7/32", "dev", "lo");

        TestNode.ping(pod, address(pod));
        TestNode.ping(pod, "127.0.0.1");
    }

    /** As {@code ip -s -j} tells it. */
    private static String said(String name, LinkCounters.Direction direction) {
        return "\"%s\":{\"bytes\":%d,\"packets\":%d,\"errors\":%d,\"dropped\":%d,"
                .formatted(
                        name,
                        direction.bytes(),
                        direction.packets(),
                        direction.errors(),
                        direction.drops());
    }

    @Test
    void shouldCountThePodsTrafficAsThePodDoes() throws Exception {
        var pod = create("web-0");
        TestNode.runIn(pod, "busybox", "ping", "-c2", "-s1200", "-W3", "10.99.0.1");
        // more one way than the other: what comes back quotes half of it
        TestNode.runIn(pod, "bash", "-c", "head -c 1300 /dev/zero >/dev/udp/10.99.0.1/9");
        String counted;
        Traffic traffic;
        do { // until nothing was on its way while we looked; each look starts processes
            traffic = sandboxes.traffic(pod.id()).orElseThrow();
            counted = TestNode.runIn(pod, "ip", "-s", "-j", "link", "show", "eth0");
        } while (!traffic.equals(sandboxes.traffic(pod.id()).orElseThrow()));

        assertThat(traffic.link()).isEqualTo("eth0");
        var received = traffic.counters().received();
        var sent = traffic.counters().sent();
        assertThat(received.bytes()).isGreaterThan(2400);
        assertThat(counted).contains(said("rx", received)).contains(said("tx", sent));
        assertThat(received.bytes()).isNotEqualTo(sent.bytes());
        sandboxes.stop(pod.id());
        assertThat(sandboxes.traffic(pod.id())).isEmpty();
    }

    @Test
    void shouldConfigureLinkAddressAndRoute() throws Exception {
        var pod = create("web-0");

        assertThat(address(pod)).isEqualTo("10.99.0.2");
        assertThat(TestNode.runIn(pod, "ip", "-o", "-4", "address", "show", "dev", "eth0"))
                .contains("10.99.0.2/32");
        assertThat(TestNode.runIn(pod, "ip", "route").strip())
                .isEqualTo("default via 10.99.0.1 dev eth0 onlink");
        assertThat(TestNode.runIn(pod, "ip", "link", "show", "dev", "eth0"))
                .contains("mtu 1400", "0a:58:0a:63:00:02");
        assertThat(TestNode.runIn(pod, "ip", "link", "show", "dev", "lo")).contains(",UP");
        assertThat(TestNode.run("ip", "link", "show", end(pod))).contains("mtu 1400");
        assertThat(TestNode.run("ip", "route", "get", "10.99.0.2"))
                .contains("dev " + end(pod), "src 10.99.0.1");
    }

    /** {@return the node's end of a pod's pair} */
    private static String end(Sandbox pod) {
        return "demi" + pod.id().substring(0, 11);
    }

    @Test
    void shouldSendNothingButWhatThePodSends() throws Exception {
        var pod = create("web-0");
        TestNode.runIn(pod, "busybox", "ping", "-c3", "-W3", "10.99.0.1");

        // neither ARP nor IPv6: no router is looked for, no group joined, no address claimed
        var sent = sandboxes.traffic(pod.id()).orElseThrow().counters().sent();
        assertThat(sent.packets()).isEqualTo(3);
        assertThat(TestNode.runIn(pod, "ip", "-6", "address", "show", "dev", "eth0")).isEmpty();
        assertThat(TestNode.run("ip", "-6", "address", "show", "dev", end(pod))).isEmpty();
    }

    @Test
    void shouldRefuseAtOnceWhatIsForNoPod() throws Exception {
        var pod = create("web-0");

        assertThatThrownBy(() ->
                        TestNode.runIn(pod, "bash", "-c", "echo >/dev/tcp/10.99.0.77/80 || exit 1"))
                .hasMessageContaining("No route to host");
    }

    @Test
    void shouldMasqueradeWhatLeavesTheSubnet() throws Exception {
        create("web-0");

        assertThat(TestNode.run("nft", "list", "table", "ip", "demitasse_demitest0"))
                .contains("ip saddr 10.99.0.0/24", "masquerade");
        assertThat(Path.of("/proc/sys/net/ipv4/ip_forward")).hasContent("1");
    }

    @Test
    void shouldNameHostAndWriteFiles() throws Exception {
        var pod =
                sandboxes.create(
                        new SandboxSpec(
                                TestNode.newId(),
                                NetworkMode.POD,
                                IpcMode.POD,
                                "web-0",
                                new DnsConfig(
                                        List.of("10.96.0.10"),
                                        List.of("ns.svc.cluster.local", "cluster.local"),
                                        List.of("ndots:5")),
                                Map.of(),
                                1 << 20));

        assertThat(TestNode.runIn(pod, "hostname")).isEqualTo("web-0\n");
        assertThat(pod.hostname()).hasContent("web-0\n");
        assertThat(pod.resolvConf())
                .hasContent(
                        """
                        search ns.svc.cluster.local cluster.local
                        nameserver 10.96.0.10
                        options ndots:5
                        """);
        assertThat(pod.hosts()).content().contains("127.0.0.1\tlocalhost", "10.99.0.2\tweb-0");
        assertThat(TestNode.run("findmnt", "-no", "FSTYPE,OPTIONS", "-T", pod.shm().toString()))
                .startsWith("tmpfs")
                .contains("nosuid,nodev,noexec", "size=1024k");
        assertThat(Files.getAttribute(pod.shm(), "unix:mode")).isEqualTo(041777);
    }

    @Test
    void shouldSetSysctlsOfThePodAlone() throws Exception {
        var before = Files.readString(Path.of("/proc/sys/kernel/shm_rmid_forced"));
        var pod =
                sandboxes.create(
                        with(
                                Map.of(
                                        "net.ipv4.ip_unprivileged_port_start", "0",
                                        "net/ipv4/conf/eth0/forwarding", "1",
                                        "kernel.shm_rmid_forced", "1",
                                        "fs.mqueue.msg_max", "17")));

        assertThat(
                        TestNode.runIn(
                                pod,
                                "sysctl",
                                "-n",
                                "net.ipv4.ip_unprivileged_port_start",
                                "net.ipv4.conf.eth0.forwarding",
                                "kernel.shm_rmid_forced",
                                "fs.mqueue.msg_max"))
                .isEqualTo("0\n1\n1\n17\n");
        assertThat(Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start")).hasContent("1024");
        assertThat(Path.of("/proc/sys/kernel/shm_rmid_forced")).hasContent(before);
    }

    @Test
    void shouldUndoEverythingWhenTheKernelRefusesASysctl() throws Exception {
        create("web-0");
        sandboxes.collect(Set.of());
        long mounts = TestNode.mounts();
        long descriptors = TestNode.descriptors();

        assertThatThrownBy(() -> sandboxes.create(with(Map.of("net.ipv4.no_such_thing", "1"))))
                .hasMessage("cannot set sysctl net.ipv4.no_such_thing to \"1\"")
                .hasNoSuppressedExceptions();
        assertThatThrownBy(
                        () -> sandboxes.create(with(Map.of("net.ipv4.ip_forward", "a lot of it"))))
                .hasMessage("cannot set sysctl net.ipv4.ip_forward to \"a lot of it\"");

        assertNothingIsLeft();
        assertThat(TestNode.mounts()).isEqualTo(mounts);
        assertThat(TestNode.descriptors()).isEqualTo(descriptors);
    }

    @Test
    void shouldUndoEverythingWhenTheRouteCannotBeMade() throws Exception {
        var id = TestNode.newId();
        create("web-0");
        sandboxes.collect(Set.of());
        TestNode.run("ip", "link", "delete", "demitest0");
        long mounts = TestNode.mounts();
        long descriptors = TestNode.descriptors();

        assertThatThrownBy(() -> sandboxes.create(SandboxSpec.of(id, "web-0")))
                .hasMessageStartingWith("RTM_NEWROUTE(10.99.0.3, index ");

        assertThat(TestNode.mounts()).isEqualTo(mounts);
        assertThat(TestNode.descriptors()).isEqualTo(descriptors);
        // and the next one finds out that the gateway has to be made again
        sandboxes.remove(create("web-1").id());
        assertNothingIsLeft();
    }

    @Test
    void shouldGiveOlderPodsTheirRoutesBackWithTheGateway() throws Exception {
        var older = create("web-0");
        TestNode.run("ip", "link", "delete", "demitest0");
        assertThatThrownBy(() -> create("web-1"));

        var newer = create("web-2");
        TestNode.ping(newer, address(older));
    }

    @Test
    void shouldRefuseAnIdThatExistsAndLeaveItAlone() throws Exception {
        var pod = create("web-0");

        assertThatThrownBy(() -> sandboxes.create(SandboxSpec.of(pod.id(), "web-0")))
                .isInstanceOf(java.nio.file.FileAlreadyExistsException.class);

        TestNode.ping(pod, "10.99.0.1");
    }

    @Test
    void shouldUseTheNodesNamespacesWhenAsked() throws Exception {
        var spec =
                new SandboxSpec(
                        TestNode.newId(),
                        NetworkMode.NODE,
                        IpcMode.NODE,
                        "",
                        DnsConfig.OF_NODE,
                        Map.of(),
                        SandboxSpec.DEFAULT_SHM_BYTES);
        long mounts = TestNode.mounts();

        var pod = sandboxes.create(spec);

        assertThat(pod.netns()).isEmpty();
        assertThat(pod.ipcns()).isEmpty();
        assertThat(pod.utsns()).isEmpty();
        assertThat(pod.address()).isEmpty();
        assertThat(pod.shm()).isEqualTo(Path.of("/dev/shm"));
        assertThat(pod.hosts()).hasSameTextualContentAs(Path.of("/etc/hosts"));
        assertThat(TestNode.mounts()).isEqualTo(mounts + 1);
    }

    @Test
    void shouldKeepIpcWithTheNodesNetwork() throws Exception {
        var spec =
                new SandboxSpec(
                        TestNode.newId(),
                        NetworkMode.NODE,
                        IpcMode.POD,
                        "",
                        DnsConfig.OF_NODE,
                        Map.of("kernel.msgmax", "4096"),
                        SandboxSpec.DEFAULT_SHM_BYTES);

        var pod = sandboxes.create(spec);

        try (var ipc = pod.ipcns().orElseThrow()) {
            assertThat(ipc.isOpen()).isTrue();
        }
        assertThat(pod.netns()).isEmpty();
        assertThat(TestNode.runIn(pod, "sysctl", "-n", "kernel.msgmax")).isEqualTo("4096\n");
    }

    @Test
    void shouldGiveManyPodsAtOnceAddressesOfTheirOwn() throws Exception {
        int count = 50;
        Callable<String> one = () -> address(create("many"));

        var addresses = new ArrayList<String>();
        try (var pool = Executors.newFixedThreadPool(10)) {
            for (var created :
                    pool.invokeAll(IntStream.range(0, count).mapToObj(_ -> one).toList())) {
                addresses.add(created.get());
            }
        }

        assertThat(addresses).doesNotHaveDuplicates().hasSize(count);
        assertThat(sandboxes.ids()).hasSize(count);
    }

    @Test
    void shouldAddFourMountsPerPodAndTakeThemAway() throws Exception {
        long before = TestNode.mounts();

        var pods = List.of(create("web-0"), create("web-1"), create("web-2"));

        assertThat(TestNode.mounts()).isEqualTo(before + 4L * pods.size());
        for (var pod : pods) {
            sandboxes.remove(pod.id());
        }
        assertThat(TestNode.mounts()).isEqualTo(before);
        assertThat(sandboxes.ids()).isEmpty();
    }

    @Test
    void shouldStopTwiceAndBeKnownUntilRemoved() throws Exception {
        var pod = create("web-0");
        assertThat(sandboxes.isLive(pod.id())).isTrue();

        sandboxes.stop(pod.id());
        sandboxes.stop(pod.id());

        assertThat(sandboxes.isLive(pod.id())).isFalse();

        assertThat(pod.netns()).isEmpty();
        assertThat(pod.hosts()).doesNotExist();
        assertThat(sandboxes.open(pod.id()).orElseThrow().address()).isEmpty();
        sandboxes.remove(pod.id());
        sandboxes.remove(pod.id());
        assertThat(sandboxes.open(pod.id())).isEmpty();
    }

    @Test
    void shouldEndTheNetworkWhenAnotherMountNamespaceHasCopies() throws Exception {
        var pod = create("web-0");
        // as systemd starts a service; the shell says when its mount namespace is made
        var service =
                new ProcessBuilder(
                                "unshare", "-m", "--propagation", "slave", "sh", "-c", "echo; cat")
                        .start();
        assertThat(service.getInputStream().read()).isEqualTo('\n');

        sandboxes.stop(pod.id());

        assertNoLinkIsLeft();
        service.destroy();
        service.waitFor();
    }

    @Test
    void shouldFindSandboxesOfAnEarlierDaemon() throws Exception {
        var pod = create("web-0");

        var later = open(CONFIG);
        var found = later.open(pod.id()).orElseThrow();

        assertThat(found.address()).isEqualTo(pod.address());
        try (var netns = found.netns().orElseThrow()) {
            assertThat(netns.isOpen()).isTrue();
        }
        assertThat(later.ids()).containsExactly(pod.id());
        // neither the address of the living nor the last one handed out
        assertThat(address(later.create(SandboxSpec.of(TestNode.newId(), "web-1"))))
                .isEqualTo("10.99.0.3");
    }

    @Test
    void shouldCollectWhatACrashLeft() throws Exception {
        var live = create("web-0");
        var dead = create("web-1");
        long mounts = TestNode.mounts();
        // a daemon that died between two steps
        var paths = new SandboxPaths(state);
        var half = TestNode.newId();
        var directory = new SandboxDirectory(paths, half);
        directory.create();
        directory.mount(1 << 20);
        directory.makePlaceForPins();
        Files.createFile(paths.namespace(half, NamespaceType.NET));
        new SandboxDirectory(paths, TestNode.newId()).create();
        Files.createFile(paths.leases("demitest0").resolve("10.99.0.77"));
        var group = TestNode.run("ip", "-o", "link", "show", "demitest0").split("group ", 2)[1];
        leave("demi0123456789a", "group", group.split(" ", 2)[0]);
        // what an earlier version made was a port of the bridge
        leave("demi0123456789b", "master", "demitest0");
        leave("demi0123456789c", "group", "4711"); // another network's

        var later = open(CONFIG);
        later.collect(Set.of(live.id()));

        assertThat(later.ids()).containsExactly(live.id());
        assertThat(TestNode.mounts()).isEqualTo(mounts - 4);
        assertThat(paths.leases("demitest0")).isDirectoryNotContaining("glob:**.77");
        assertThat(links())
                .contains(end(live), "demi0123456789c")
                .doesNotContain(end(dead), "demi0123456789a", "demi0123456789b");
        TestNode.run("ip", "link", "delete", "demi0123456789c");
        TestNode.ping(live, "10.99.0.1");
    }

    private static void leave(String name, String key, String value) throws Exception {
        TestNode.run("ip", "link", "add", name, "type", "veth", "peer", "p" + name.substring(1));
        TestNode.run("ip", "link", "set", name, key, value);
    }

    @Test
    void shouldReachPodsThatAnEarlierVersionMadePortsOfTheBridge() throws Exception {
        var earlier = PlainBridge.make("demitest0", "10.99.0");
        var pod = create("web-0");

        TestNode.ping(pod, earlier.evil().address());
        for (var reached : List.of(address(pod), "10.99.0.1", earlier.victim().address())) {
            TestNode.ping(earlier.evil().netns(), reached);
        }
        earlier.remove();
    }

    @Test
    void shouldSayThatAddressesAreExhausted() throws Exception {
        sandboxes.removeInfrastructure();
        sandboxes = open(CONFIG.with("demitest0", Subnet.parse("10.99.0.0/29")));
        var addresses = new ArrayList<String>();
        var pods = new ArrayList<Sandbox>();
        for (int i = 0; i < 5; i++) {
            pods.add(create("web-" + i));
            addresses.add(address(pods.getLast()));
        }
        long mounts = TestNode.mounts();

        assertThatThrownBy(() -> create("web-5"))
                .isInstanceOf(AddressesExhaustedException.class)
                .hasMessage("all 5 addresses for pods in 10.99.0.0/29 are leased");

        assertThat(addresses)
                .isEqualTo(
                        IntStream.rangeClosed(2, 6)
                                .mapToObj(last -> "10.99.0." + last)
                                .collect(Collectors.toList()));
        assertThat(TestNode.mounts()).isEqualTo(mounts);
        sandboxes.remove(pods.get(2).id());
        assertThat(address(create("web-6"))).isEqualTo("10.99.0.4");
    }

    private static String address(Sandbox sandbox) {
        return sandbox.address().orElseThrow();
    }
}
