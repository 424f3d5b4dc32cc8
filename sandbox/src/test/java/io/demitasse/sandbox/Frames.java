package io.demitasse.sandbox;

import io.demitasse.sandbox.PlainBridge.Station;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/** Frames as CAP_NET_RAW, which pods have by default, lets them be sent: with whatever in there. */
final class Frames {
    static final byte[] EVERYBODY = HexFormat.of().parseHex("ffffffffffff");

    private static final byte[] ALL_NODES = HexFormat.of().parseHex("333300000001");
    private static final String SEND_HEX =
            """
            #include <arpa/inet.h>
            #include <net/if.h>
            #include <netpacket/packet.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/socket.h>
            int main(int argc, char **argv) {
                unsigned char frame[1500];
                size_t length = strlen(argv[argc - 1]) / 2;
                for (size_t i = 0; i < length; i++)
                    sscanf(argv[argc - 1] + 2 * i, "%2hhx", &frame[i]);
                int fd = socket(AF_PACKET, SOCK_RAW, 0);
                struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex("eth0")};
                if (sendto(fd, frame, length, 0, (struct sockaddr *)&to, sizeof to) == (ssize_t)length)
                    return 0;
                perror("sendto");
                return 1;
            }
            """;

    private final Path program;

    /** Compiles what sends, into the directory. */
    Frames(Path directory) throws IOException, InterruptedException {
        program = directory.resolve("send-hex");
        var source = Files.writeString(directory.resolve("send-hex.c"), SEND_HEX);
        TestNode.run("gcc", "-o", program.toString(), source.toString());
    }

    void send(Station from, byte[] frame) throws IOException, InterruptedException {
        from.run(program.toString(), HexFormat.of().formatHex(frame));
    }

    static byte[] ethernet(byte[] to, byte[] from, int type, byte[] content) {
        return ByteBuffer.allocate(14 + content.length)
                .put(to)
                .put(from)
                .putShort((short) type)
                .put(content)
                .array();
    }

    /** "I have this address": an ARP request for one's own. */
    static byte[] gratuitousArp(byte[] hardwareAddress, String address) throws IOException {
        var bytes = InetAddress.ofLiteral(address).getAddress();
        var arp =
                ByteBuffer.allocate(28)
                        .put(HexFormat.of().parseHex("0001080006040001"))
                        .put(hardwareAddress)
                        .put(bytes)
                        .put(new byte[6])
                        .put(bytes);
        return ethernet(EVERYBODY, hardwareAddress, 0x0806, arp.array());
    }

    /** "I am a router, and 2001:db8::/64 is here", to all who speak IPv6. */
    static byte[] routerAdvertisement(byte[] hardwareAddress) throws IOException {
        var icmp =
                HexFormat.of()
                        .parseHex(
                                "86000000" // type, code, checksum
                                        + "4000070800000000"
                                        + "00000000" // lifetime 1800 s
                                        + "030440c0"
                                        + "00015180"
                                        + "00015180"
                                        + "00000000" // prefix
                                        + "20010db8000000000000000000000000");
        var packet =
                ByteBuffer.allocate(40 + icmp.length)
                        .putInt(0x60000000)
                        .putShort((short) icmp.length)
                        .put((byte) 58)
                        .put((byte) 255)
                        .put(InetAddress.ofLiteral("fe80::bad").getAddress())
                        .put(InetAddress.ofLiteral("ff02::1").getAddress())
                        .put(icmp);
        // the pseudo header of the checksum: addresses, length, next header
        var summed = ByteBuffer.allocate(40 + icmp.length);
        summed.put(packet.array(), 8, 32).putInt(icmp.length).putInt(58).put(icmp);
        packet.putShort(42, checksum(summed.array()));
        return ethernet(ALL_NODES, hardwareAddress, 0x86dd, packet.array());
    }

    /** A datagram, of UDP without a checksum. */
    static byte[] datagram(String from, String to, int port, byte[] content) throws IOException {
        var packet =
                ByteBuffer.allocate(28 + content.length)
                        .putInt(0x45000000 | (28 + content.length))
                        .putInt(0)
                        .putInt(0x40110000)
                        .put(InetAddress.ofLiteral(from).getAddress())
                        .put(InetAddress.ofLiteral(to).getAddress());
        packet.putShort(10, checksum(Arrays.copyOf(packet.array(), 20)));
        return packet.putShort((short) 4000)
                .putShort((short) port)
                .putShort((short) (8 + content.length))
                .putShort((short) 0)
                .put(content)
                .array();
    }

    private static short checksum(byte[] summed) {
        int sum = 0;
        for (int i = 0; i < summed.length; i += 2) {
            sum += (summed[i] & 0xff) << 8 | (summed[i + 1] & 0xff);
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (short) ~sum;
    }
}
