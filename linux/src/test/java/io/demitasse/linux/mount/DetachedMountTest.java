package io.demitasse.linux.mount;

import static io.demitasse.linux.mount.MountAttribute.NODEV;
import static io.demitasse.linux.mount.MountAttribute.NOSUID;
import static io.demitasse.linux.mount.MountAttribute.RDONLY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileStatus;
import io.demitasse.linux.file.OpenHow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the real kernel, as root. */
class DetachedMountTest {
    @TempDir Path path;
    private String table = "";

    @BeforeEach
    void needsRoot() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "mounts need root: run ./test");
        table = table();
    }

    private static String table() throws IOException {
        return Files.readString(Path.of("/proc/self/mountinfo"));
    }

    private Path directory(String name) throws IOException {
        return Files.createDirectories(path.resolve(name));
    }

    @Test
    void shouldShowLayersAndWriteToUpperWithoutTouchingMountTable() throws Exception {
        Files.writeString(directory("low").resolve("a"), "low");
        Files.writeString(directory("high").resolve("a"), "high");
        var overlay =
                OverlayMount.over(List.of(path.resolve("high"), path.resolve("low")))
                        .writable(directory("upper"), directory("work"))
                        .with(NODEV, NOSUID);

        try (var mount = overlay.create();
                var root = DirectoryFd.open(mount.fd(), ".", OpenHow.READ);
                var file = root.openFile("b", OpenHow.WRITE.create(0644))) {
            file.write(new byte[] {'x'});
            try (var read = root.openFile("a", OpenHow.READ)) {
                assertThat(read.readAll(10)).asString().isEqualTo("high");
            }
            assertThat(table()).isEqualTo(table);
        }
        assertThat(path.resolve("upper/b")).hasContent("x");
    }

    @Test
    void shouldSayWhichLayerIsMissing() throws Exception {
        var overlay =
                OverlayMount.over(List.of(Path.of("/no/such/layer")))
                        .writable(directory("upper"), directory("work"));

        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(overlay::create)
                .withMessageMatching(
                        "fsconfig\\(\\d+, FSCONFIG_SET_STRING, \"lowerdir\\+\","
                                + " \"/no/such/layer\", 0\\) = ENOENT \\(No such file or"
                                + " directory\\)");
    }

    @Test
    void shouldAttachTmpfsReadOnlyAndUnmount() throws Exception {
        var target = directory("target");
        try (var context = new FilesystemContext("tmpfs");
                var mount = context.set("size", "64k").set("mode", "0711").mount(Set.of(NODEV))) {
            mount.with(Set.of(RDONLY), false).with(Propagation.PRIVATE, true);
            mount.attach(target);
        }

        assertThat(Mounts.isMountPoint(target)).isTrue();
        assertThat(FileStatus.of(target).mode()).isEqualTo(0711);
        assertThat(table()).contains(target + " ro,nodev");
        Mounts.unmount(target);
        assertThat(Mounts.isMountPoint(target)).isFalse();
    }

    @Test
    void shouldBindAndRemountReadOnly() throws Exception {
        var source = directory("source");
        var target = directory("target");
        Mounts.bind(source, target, false);
        Mounts.makePrivate(target, false);
        Mounts.remountReadOnly(target);

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> Files.createFile(target.resolve("f")));
        Files.createFile(source.resolve("f"));
        assertThat(target.resolve("f")).exists();

        Mounts.unmountLazily(target);
        assertThat(table()).isEqualTo(table);
    }

    @Test
    void shouldCarryTheKernelsExplanationAsCause() throws Exception {
        try (var context = new FilesystemContext("tmpfs")) {
            assertThatExceptionOfType(SyscallException.class)
                    .isThrownBy(() -> context.set("no-such-option", "1"))
                    .havingCause()
                    .withMessageContaining("no-such-option");
        }
    }
}
