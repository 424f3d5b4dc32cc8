package io.demitasse.sandbox;

import io.demitasse.linux.Fd;
import io.demitasse.linux.namespace.NamespacePin;
import io.demitasse.linux.namespace.NamespaceThread;
import io.demitasse.linux.namespace.NamespaceType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Set;

/** Two stations that are ports of one Linux bridge, as pods were once, with the node at it. */
record PlainBridge(String name, Station evil, Station victim) {
    /**
     * Who has {@code eth0} in a network namespace.
     *
     * @param end the node's end of its link
     */
    record Station(Path netns, String end, String address, String hardware) {
        /** {@return the station that a pod is} */
        static Station of(Sandbox pod) throws IOException, InterruptedException {
            var shown = TestNode.runIn(pod, "ip", "-o", "link", "show", "eth0");
            return new Station(
                    pod.paths().namespace(pod.id(), NamespaceType.NET),
                    "demi" + pod.id().substring(0, 11),
                    pod.address().orElseThrow(),
                    shown.replaceFirst("(?s).*link/ether (\\S+) .*", "$1"));
        }

        Fd open() throws IOException {
            return NamespacePin.open(NamespaceType.NET, netns).orElseThrow();
        }

        String run(String... command) throws IOException, InterruptedException {
            var entered = new String[command.length + 2];
            entered[0] = "nsenter";
            entered[1] = "--net=" + netns;
            System.arraycopy(command, 0, entered, 2, command.length);
            return TestNode.run(entered);
        }

        byte[] hardwareAddress() {
            return HexFormat.ofDelimiter(":").parseHex(hardware);
        }
    }

    /** Makes it with a /24, of which the first three numbers are given. */
    static PlainBridge make(String name, String network) throws Exception {
        TestNode.run("ip", "link", "add", name, "type", "bridge");
        TestNode.run("ip", "address", "add", network + ".1/24", "dev", name);
        TestNode.run("ip", "link", "set", name, "up");
        return new PlainBridge(name, station(name, network, 200), station(name, network, 201));
    }

    private static Station station(String bridge, String network, int number) throws Exception {
        var netns = Files.createTempDirectory("station").resolve("net");
        NamespaceThread.start(
                        "station",
                        Set.of(NamespaceType.NET),
                        inside -> {
                            inside.pin(NamespaceType.NET, netns);
                            return netns;
                        })
                .await();
        var hardware =
                HexFormat.ofDelimiter(":").formatHex(new byte[] {0x02, 0, 0, 0, 0, (byte) number});
        var end = "port" + number;
        var us = String.valueOf(ProcessHandle.current().pid());
        var station = new Station(netns, end, network + "." + number, hardware);
        station.run(
                "ip", "link", "add", "eth0", "address", hardware, "type", "veth", "peer", "name",
                end, "netns", us);
        station.run("ip", "address", "add", station.address() + "/24", "dev", "eth0");
        // says nothing by itself, so that the bridge learns from it only when it is asked something
        station.run("ip", "link", "set", "eth0", "addrgenmode", "none");
        station.run("ip", "link", "set", "eth0", "up");
        station.run("ip", "route", "add", "default", "via", network + ".1");
        TestNode.run("ip", "link", "set", end, "up", "master", bridge);
        return station;
    }

    void remove() throws IOException, InterruptedException {
        for (var station : new Station[] {evil, victim}) {
            TestNode.run("ip", "link", "delete", station.end());
            TestNode.run("umount", station.netns().toString());
            Files.delete(station.netns());
            Files.delete(station.netns().getParent());
        }
        TestNode.run("ip", "link", "delete", name);
    }
}
