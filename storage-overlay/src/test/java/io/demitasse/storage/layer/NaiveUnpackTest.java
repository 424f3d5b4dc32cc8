package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.file.DirectoryFd;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The control for the tests with hostile archives: whoever joins paths as strings is led out of the
 * layer by the very archives that leave everything outside as it was when we unpack them.
 */
@Timeout(60)
class NaiveUnpackTest {
    @TempDir Path path;
    private Path outside;

    @BeforeEach
    void makeVictim() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root: run ./test");
        outside = Files.createDirectory(path.resolve("outside"));
        Files.writeString(outside.resolve("victim"), "untouched");
    }

    static Stream<Arguments> escapes() {
        return Stream.of(
                escape("an absolute name", out -> new TarBytes().file(out + "/victim", "evil")),
                escape("an absolute whiteout", out -> new TarBytes().file(out + "/.wh.victim", "")),
                escape("a name with ..", _ -> new TarBytes().file("../outside/victim", "evil")),
                escape(
                        "a name with .. in the middle",
                        _ -> new TarBytes().directory("a/").file("a/../../outside/victim", "evil")),
                escape(
                        "an absolute link in the middle",
                        out -> new TarBytes().symbolicLink("s", out).file("s/victim", "evil")),
                escape(
                        "a relative link in the middle",
                        _ -> new TarBytes().symbolicLink("s", "../outside").file("s/victim", "x")),
                escape(
                        "a link in the place of the file",
                        out -> new TarBytes().symbolicLink("f", out + "/victim").file("f", "evil")),
                escape(
                        "a link in the place of a directory that was there",
                        out ->
                                new TarBytes()
                                        .directory("d/")
                                        .symbolicLink("d", out)
                                        .file("d/victim", "evil")),
                escape(
                        "a hard link to a file outside, written through",
                        out -> new TarBytes().hardLink("h", out + "/victim").file("h", "evil")),
                escape(
                        "a hard link with .., written through",
                        _ -> new TarBytes().hardLink("h", "../outside/victim").file("h", "evil")),
                escape(
                        "a hard link through a link",
                        out ->
                                new TarBytes()
                                        .symbolicLink("s", out)
                                        .hardLink("h", "s/victim")
                                        .file("h", "evil")),
                escape(
                        "a whiteout through a link",
                        out -> new TarBytes().symbolicLink("s", out).file("s/.wh.victim", "")),
                escape(
                        "a whiteout of all through a link",
                        out -> new TarBytes().symbolicLink("s", out).file("s/.wh..wh..opq", "")),
                escape(
                        "a directory through a link",
                        out -> new TarBytes().symbolicLink("s", out).directory("s/new/")),
                escape(
                        "a symbolic link through a link",
                        out -> new TarBytes().symbolicLink("s", out).symbolicLink("s/new", "x")),
                escape(
                        "a name of a file inside, linked through a link",
                        out ->
                                new TarBytes()
                                        .symbolicLink("s", out)
                                        .file("f", "evil")
                                        .hardLink("s/new", "f")),
                escape(
                        "a device through a link",
                        out -> new TarBytes().symbolicLink("s", out).node("s/new", '3')),
                escape(
                        "a pipe through a link",
                        out -> new TarBytes().symbolicLink("s", out).node("s/new", '6')),
                escape(
                        "a file with holes through a link",
                        out ->
                                new TarBytes()
                                        .symbolicLink("s", out)
                                        .sparse("s/new", 9, List.of(0L, 1L), "x")),
                escape("a whiteout with ..", _ -> new TarBytes().file("../outside/.wh.victim", "")),
                escape(
                        "a whiteout of the parent",
                        _ -> new TarBytes().directory("a/").file("a/.wh...", "")));
    }

    private static Arguments escape(String how, Function<String, TarBytes> archive) {
        return Arguments.of(how, archive);
    }

    private boolean isUntouched() throws IOException {
        try (var files = Files.list(outside)) {
            var victim = outside.resolve("victim");
            return files.toList().equals(List.of(victim))
                    && Files.readString(victim).equals("untouched");
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("escapes")
    void shouldStayInsideWhereStringsLeadOut(String how, Function<String, TarBytes> archive)
            throws IOException {
        var tar = archive.apply(outside.toString()).bytes();
        var root = Files.createDirectory(path.resolve("layer"));
        try (var directory = DirectoryFd.open(root);
                var pipe = pipe(tar);
                var unpacker = new LayerUnpacker(directory, LayerLimits.DEFAULT)) {
            try {
                unpacker.unpack(new TarReader(pipe));
            } catch (LayerException refused) {
                assertThat(refused).message().isNotBlank();
            }
        }
        assertThat(isUntouched()).isTrue();

        unpackNaively(tar, Files.createDirectory(path.resolve("naive")));
        assertThat(isUntouched()).as("the control, with " + how).isFalse();
    }

    private static LayerPipe pipe(byte[] tar) {
        return LayerPipe.start(
                Channels.newChannel(new ByteArrayInputStream(tar)), LayerLimits.DEFAULT.bytes());
    }

    private static void unpackNaively(byte[] tar, Path root) throws IOException {
        try (var pipe = pipe(tar)) {
            unpackNaively(new TarReader(pipe), root);
        }
    }

    private static void unpackNaively(TarReader reader, Path root) throws IOException {
        for (var next = reader.next(); next.isPresent(); next = reader.next()) {
            var entry = next.get();
            var place = root.resolve(new String(entry.name, UTF_8));
            var name = String.valueOf(place.getFileName());
            switch (entry.type) {
                case TarEntry.DIRECTORY -> Files.createDirectories(place);
                case TarEntry.SYMBOLIC_LINK -> {
                    Files.deleteIfExists(place);
                    Files.createSymbolicLink(place, Path.of(new String(entry.link, UTF_8)));
                }
                case TarEntry.CHARACTER_DEVICE ->
                        run("mknod", place.toString(), "c", "" + entry.major, "" + entry.minor);
                case TarEntry.FIFO -> run("mkfifo", place.toString());
                case TarEntry.HARD_LINK -> {
                    var target = new String(entry.link, UTF_8);
                    Files.createLink(
                            place, target.startsWith("/") ? Path.of(target) : root.resolve(target));
                }
                default -> {
                    if (name.equals(".wh..wh..opq")) {
                        removeAll(place);
                    } else if (name.startsWith(".wh.")) {
                        remove(place.resolveSibling(name.substring(4)));
                    } else {
                        Files.write(place, contents(reader));
                    }
                }
            }
        }
    }

    private static void run(String... command) throws IOException {
        if (new ProcessBuilder(command).inheritIO().start().onExit().join().exitValue() != 0) {
            throw new IOException(String.join(" ", command));
        }
    }

    /** What is beside a whiteout of all. */
    private static void removeAll(Path place) throws IOException {
        try (var files = Files.list(place.resolveSibling("."))) {
            for (var file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    /** Like rm -r: of {@code a/..} all that is in the parent of {@code a}. */
    private static void remove(Path place) throws IOException {
        if (Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
            var victim = place.resolve("../outside/victim").normalize();
            Files.deleteIfExists(victim);
            return;
        }
        Files.deleteIfExists(place);
    }

    private static byte[] contents(TarReader reader) throws IOException {
        var contents = reader.contents(Long.MAX_VALUE);
        var bytes = new byte[contents.map(ByteBuffer::remaining).orElse(0)];
        contents.ifPresent(buffer -> buffer.get(bytes));
        return bytes;
    }
}
