package io.demitasse.linux.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.OpenHow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the real kernel, as root: what an old kernel needs works on a new one, too. */
class OverlayMounterTest {
    @TempDir Path path;
    private String table = "";

    @BeforeEach
    void needsRoot() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "mounts need root: run ./test");
        Files.createDirectories(path.resolve("corner"));
        table = table();
    }

    private static String table() throws IOException {
        return Files.readString(Path.of("/proc/self/mountinfo"));
    }

    private List<Path> layers(int count) throws IOException {
        var layers = new ArrayList<Path>();
        for (int i = 0; i < count; i++) {
            var layer = Files.createDirectories(path.resolve("a:b,c").resolve("layer" + i));
            Files.writeString(layer.resolve("file" + i), "in layer " + i);
            Files.writeString(layer.resolve("top"), "layer " + i);
            layers.add(layer);
        }
        return layers;
    }

    private OverlayMount overlay(int layers) throws IOException {
        return OverlayMount.over(layers(layers))
                .writable(
                        Files.createDirectories(path.resolve("upper")),
                        Files.createDirectories(path.resolve("work")))
                .with(MountAttribute.NODEV);
    }

    @ParameterizedTest
    @CsvSource({"true, 1", "true, 128", "false, 1", "false, 3", "false, 128"})
    void shouldShowAllLayersTopmostFirst(boolean appends, int layers) throws Exception {
        var mounter = new OverlayMounter(path.resolve("corner"), appends);
        try (var mount = mounter.create(overlay(layers));
                var root = DirectoryFd.open(mount.fd(), ".", OpenHow.READ)) {
            assertThat(read(root, "top")).isEqualTo("layer 0");
            assertThat(read(root, "file" + (layers - 1))).isEqualTo("in layer " + (layers - 1));
            root.openFile("written", OpenHow.WRITE.create(0644)).close();
        }
        assertThat(path.resolve("upper/written")).exists();
        assertThat(table()).isEqualTo(table);
        assertThat(path.resolve("corner")).isEmptyDirectory();
    }

    private static String read(DirectoryFd root, String name) throws SyscallException {
        try (var file = root.openFile(name, OpenHow.READ)) {
            return new String(file.readAll(100), java.nio.charset.StandardCharsets.UTF_8);
        }
    }

    @Test
    void shouldKnowWhatThisKernelCan() throws Exception {
        var mounter = OverlayMounter.open(path.resolve("corner"));
        var release = System.getProperty("os.version").split("\\.", 3);
        int version = Integer.parseInt(release[0]) * 100 + Integer.parseInt(release[1]);

        assertThat(mounter.isAlwaysDetached()).isEqualTo(version >= 607);
    }

    @Test
    void shouldSayWhenLayersAreTooManyForTheKernel() throws Exception {
        var mounter = new OverlayMounter(path.resolve("corner"), false);
        var overlay = overlay(300);

        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(() -> mounter.create(overlay))
                .matches(refused -> refused.is(Errno.E2BIG))
                .withMessageContaining("300 layers");
    }

    @ParameterizedTest
    @ValueSource(strings = {"d", "d/f"})
    void shouldClonePartOfDetachedMount(String part) throws Exception {
        var layers = layers(2);
        Files.writeString(Files.createDirectories(layers.get(1).resolve("d")).resolve("f"), "f");
        var target = path.resolve("target");
        if (part.equals("d")) {
            Files.createDirectories(target);
        } else {
            Files.createFile(target);
        }
        var mounter = OverlayMounter.open(path.resolve("corner"));
        try (var clone = clone(mounter, OverlayMount.over(layers), part)) {
            clone.attach(target);
            assertThat(part.equals("d") ? target.resolve("f") : target).hasContent("f");
            Mounts.unmountLazily(target);
        }
        assertThat(table()).isEqualTo(table);
    }

    private static DetachedMount clone(OverlayMounter mounter, OverlayMount overlay, String part)
            throws SyscallException {
        try (var mount = mounter.create(overlay);
                var root = DirectoryFd.open(mount.fd(), ".", OpenHow.READ);
                var opened = root.open(part, OpenHow.PATH)) {
            return mounter.cloneOf(mount, opened);
        }
    }

    @Test
    void shouldLeaveNothingInTheMountTableOnceNobodyUsesTheCorner() throws Exception {
        var corner = PrivateMounts.open(path.resolve("corner"));

        corner.through(
                        outer -> {
                            corner.through(inner -> DetachedMount.cloneTree(inner, false)).close();
                            assertThat(Mounts.isMountPoint(path.resolve("corner")))
                                    .isTrue(); // still used
                            return DetachedMount.cloneTree(outer, false);
                        })
                .close();

        assertThat(table()).isEqualTo(table);
    }

    @Test
    void shouldTakeOverWhatAKilledProcessLeft() throws Exception {
        var corner = path.resolve("corner");
        Mounts.bind(corner, corner, false);
        Files.createDirectories(corner.resolve("7"));

        var mounts = PrivateMounts.open(corner);
        assertThat(corner).isEmptyDirectory();
        assertThat(table()).isEqualTo(table);

        mounts.through(place -> DetachedMount.cloneTree(place, false)).close();
        assertThat(corner).isEmptyDirectory();
        assertThat(table()).isEqualTo(table);
    }
}
