package io.demitasse.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.namespace.NamespaceThread;
import io.demitasse.linux.namespace.NamespaceType;
import io.demitasse.linux.netlink.MapElement.Field;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each test in a network namespace of its own, with the table that nft made in there. */
@Timeout(120)
class NftablesSocketTest {
    private static final String TABLE = "demitest";
    private static final String MAP =
            """
            table ip demitest {
                map ports { type inet_proto . inet_service : ipv4_addr . inet_service; }
            }
            """;

    @TempDir private Path directory;
    private Path netns;
    private NftablesSocket tables;

    @BeforeEach
    void openInNewNamespace() throws Exception {
        assumeTrue(
                Files.isWritable(Path.of("/proc/sys/kernel/hostname")),
                "needs root to make a network namespace: run ./test");
        assumeTrue(Files.exists(Path.of("/usr/sbin/nft")), "needs nft: install nftables");
        netns = directory.resolve("net");
        tables =
                NamespaceThread.start(
                                "test",
                                Set.of(NamespaceType.NET),
                                inside -> {
                                    inside.pin(NamespaceType.NET, netns);
                                    return NftablesSocket.open();
                                })
                        .await();
        nft("-f", "-");
    }

    @AfterEach
    void close() throws Exception {
        if (tables != null) {
            tables.close();
            new ProcessBuilder("umount", netns.toString()).inheritIO().start().waitFor();
        }
    }

    private String nft(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("nsenter", "--net=" + netns, "nft"));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var in = process.getOutputStream()) {
            in.write(MAP.getBytes(StandardCharsets.UTF_8));
        }
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    private static MapElement element(int protocol, int port, int target) {
        return new MapElement(
                "ports",
                List.of(new Field(protocol, 1), new Field(port, 2)),
                List.of(new Field(0x0a58_0002, 4), new Field(target, 2)));
    }

    @Test
    void shouldAddAndDeleteWhatNftSees() throws Exception {
        tables.add(TABLE, List.of(element(6, 8012, 80), element(17, 53, 5353)));

        assertThat(nft("list", "table", "ip", TABLE))
                .contains("tcp . 8012 : 10.88.0.2 . 80", "udp . 53 : 10.88.0.2 . 5353");
        tables.delete(TABLE, List.of(element(6, 8012, 80)));
        assertThat(nft("list", "table", "ip", TABLE)).contains("udp . 53").doesNotContain("8012");
    }

    @Test
    void shouldAddAllOrNoneAndNameTheOneThatIsRefused() throws Exception {
        tables.add(TABLE, List.of(element(17, 53, 5353)));

        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(
                        () -> tables.add(TABLE, List.of(element(6, 8012, 80), element(17, 53, 54))))
                .withMessageStartingWith(
                        "NFT_MSG_NEWSETELEM(ip demitest ports 1100000000350000) = EEXIST");

        assertThat(nft("list", "table", "ip", TABLE)).doesNotContain("8012");
        // and it can still be talked to
        tables.add(TABLE, List.of(element(6, 8012, 80)));
        assertThat(nft("list", "table", "ip", TABLE)).contains("8012");
    }

    @Test
    void shouldSayThatThereIsNoSuchElementOrTable() throws Exception {
        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(() -> tables.delete(TABLE, List.of(element(6, 8012, 80))))
                .matches(refused -> refused.is(Errno.ENOENT));
        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(() -> tables.add("nowhere", List.of(element(6, 8012, 80))))
                .matches(refused -> refused.is(Errno.ENOENT));
    }

    @Test
    void shouldAddAHundredAtOnce() throws Exception {
        var hundred = IntStream.range(0, 100).mapToObj(i -> element(6, 1000 + i, 80)).toList();

        tables.add(TABLE, hundred);

        assertThat(nft("list", "table", "ip", TABLE)).contains("tcp . 1000", "tcp . 1099");
        tables.delete(TABLE, hundred);
        assertThat(nft("list", "table", "ip", TABLE)).doesNotContain("elements");
    }
}
