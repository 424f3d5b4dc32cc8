package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileTree;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.storage.image.TestLayout;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Small archives that become big, each with its control: unpacked without our limits, it is as big
 * as it says.
 */
@Timeout(120)
class BombTest {
    private static final int MIB = 1 << 20;
    private static final LayerLimits SMALL = new LayerLimits(1000, 8 * MIB);

    @TempDir Path path;
    private Path root;

    @BeforeEach
    void make() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root: run ./test");
        root = Files.createDirectory(path.resolve("layer"));
    }

    @AfterEach
    void remove() throws IOException {
        if (root != null) {
            try (var parent = DirectoryFd.open(path)) {
                FileTree.remove(parent, "layer");
            }
        }
    }

    private void unpack(byte[] blob) throws IOException {
        try (var directory = DirectoryFd.open(root);
                var pipe =
                        LayerPipe.start(
                                Channels.newChannel(new ByteArrayInputStream(blob)),
                                SMALL.bytes());
                var unpacker = new LayerUnpacker(directory, SMALL)) {
            unpacker.unpack(new TarReader(pipe));
            var _ = pipe.finish();
        }
    }

    private void assertRefused(byte[] blob, String why) {
        assertThatExceptionOfType(LayerException.class)
                .isThrownBy(() -> unpack(blob))
                .withMessageContaining(why);
    }

    /** tar(1) as it comes, in a directory of its own. */
    private Path unpackByTar(byte[] blob) throws Exception {
        var control = Files.createDirectory(path.resolve("control"));
        var process =
                new ProcessBuilder("tar", "-C", control.toString(), "-xf", "-")
                        .redirectErrorStream(true)
                        .redirectOutput(path.resolve("tar.log").toFile())
                        .start();
        try (var in = process.getOutputStream();
                var plain = new GZIPInputStream(new ByteArrayInputStream(blob))) {
            plain.transferTo(in);
        }
        assertThat(process.waitFor()).as(Files.readString(path.resolve("tar.log"))).isZero();
        return control;
    }

    @Test
    void shouldRefuseWhatIsAThousandTimesAsBigAsItCame() throws Exception {
        var blob = TestLayout.gzip(new TarBytes().file("bomb", "0".repeat(64 * MIB)).bytes());
        assertThat(blob.length).isLessThan(64 * MIB / 500);

        assertRefused(blob, "bytes unpacked");

        assertThat(unpackByTar(blob).resolve("bomb")).hasSize(64L * MIB);
    }

    /** Which is in no file, but has to be read. */
    @Test
    void shouldRefuseWhatFollowsTheEndAndNeverEnds() throws IOException {
        var tar = new TarBytes().file("small", "small").bytes();
        var blob = TestLayout.gzip(java.util.Arrays.copyOf(tar, 64 * MIB));

        assertRefused(blob, "bytes unpacked");

        try (var plain = new GZIPInputStream(new ByteArrayInputStream(blob))) {
            assertThat(plain.skip(64 * MIB)).isEqualTo(64 * MIB);
        }
    }

    @Test
    void shouldRefuseAHoleThatIsBiggerThanTheLimit() throws Exception {
        var tar =
                new TarBytes()
                        .sparse("hole", 64L * MIB, List.of(0L, 1L, 64L * MIB, 0L), "x")
                        .bytes();

        assertRefused(tar, "bytes unpacked");

        assertThat(unpackByTar(TestLayout.gzip(tar)).resolve("hole")).hasSize(64L * MIB);
    }

    @Test
    void shouldRefuseMoreEntriesThanTheLimit() throws Exception {
        var tar = new TarBytes();
        for (int i = 0; i <= SMALL.entries(); i++) {
            tar.file("f" + i, "");
        }

        assertRefused(tar.bytes(), "more than 1000 entries");

        try (var files = Files.list(unpackByTar(TestLayout.gzip(tar.bytes())))) {
            assertThat(files.count()).isEqualTo(SMALL.entries() + 1);
        }
    }

    /** Whoever goes down step by step makes a tree that nobody can name any more. */
    @Test
    void shouldRefusePathThatIsTooLong() throws IOException {
        var name = "d".repeat(200);
        var tar = new TarBytes().directory((name + "/").repeat(30));

        assertRefused(tar.bytes(), "bytes long");

        var opened = DirectoryFd.open(root);
        for (int i = 0; i < 30; i++) {
            opened.makeDirectory(name, 0700);
            var next = opened.openDirectory(name.getBytes(UTF_8), OpenHow.READ);
            opened.close();
            opened = next;
        }
        opened.close();
        try (var directory = DirectoryFd.open(root)) {
            var deep = (name + "/").repeat(30).getBytes(UTF_8);
            assertThatExceptionOfType(SyscallException.class)
                    .isThrownBy(() -> directory.openDirectory(deep, OpenHow.READ))
                    .withMessageContaining("ENAMETOOLONG");
        }
    }
}
