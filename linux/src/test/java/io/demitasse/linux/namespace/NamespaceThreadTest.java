package io.demitasse.linux.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real namespaces. */
@Timeout(120)
class NamespaceThreadTest {
    private static final Path HOSTNAME = Path.of("/proc/sys/kernel/hostname");

    @TempDir private Path directory;

    @BeforeEach
    void assumeRoot() {
        assumeTrue(Files.isWritable(HOSTNAME), "needs root to make and pin namespaces: run ./test");
    }

    @Test
    void shouldChangeNothingForOtherThreads() throws Exception {
        var before = Files.readString(HOSTNAME);
        var links = Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net"));

        var thread =
                NamespaceThread.start(
                        "test",
                        EnumSet.complementOf(EnumSet.of(NamespaceType.USER)),
                        inside -> {
                            inside.setHostname("inside");
                            return Files.readString(HOSTNAME)
                                    + Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net"));
                        });

        assertThat(thread.await()).startsWith("inside\n").doesNotEndWith(links.toString());
        assertThat(HOSTNAME).hasContent(before);
        assertThat(Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net"))).isEqualTo(links);
    }

    @Test
    void shouldKeepNamespaceByPinAfterTheThreadEnded() throws Exception {
        var file = directory.resolve("uts");
        NamespaceThread.start(
                        "test",
                        Set.of(NamespaceType.UTS),
                        inside -> {
                            inside.setHostname("pinned");
                            inside.pin(NamespaceType.UTS, file);
                            return true;
                        })
                .await();

        try (var uts = NamespacePin.open(NamespaceType.UTS, file).orElseThrow()) {
            var visit =
                    NamespaceThread.enter(
                            "test", NamespaceType.UTS, uts, () -> Files.readString(HOSTNAME));
            assertThat(visit.await()).isEqualTo("pinned\n");
        }
        NamespacePin.remove(file);
        NamespacePin.remove(file);
        assertThat(file).doesNotExist();
        assertThat(NamespacePin.open(NamespaceType.UTS, file)).isEmpty();
    }

    @Test
    void shouldHandOverWhatTheActionThrows() {
        var failing =
                NamespaceThread.<Boolean>start(
                        "test",
                        Set.of(NamespaceType.UTS),
                        _ -> {
                            throw new IOException("half-way");
                        });

        assertThatIOException().isThrownBy(failing::await).withMessage("half-way");
    }

    @Test
    void shouldRefuseAPlainFileAndAnotherTypeAsPin() throws Exception {
        var plain = Files.createFile(directory.resolve("plain"));

        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(() -> NamespacePin.open(NamespaceType.NET, plain))
                .matches(refused -> refused.is(Errno.ENOTTY));
        assertThatIllegalStateException()
                .isThrownBy(() ->
                        NamespacePin.open(NamespaceType.NET, Path.of("/proc/thread-self/ns/uts")));
        NamespacePin.remove(plain);
        assertThat(plain).doesNotExist();
    }

    @Test
    void shouldRefuseToPinTwice() {
        var file = directory.resolve("ipc");
        var twice =
                NamespaceThread.<Boolean>start(
                        "test",
                        Set.of(NamespaceType.IPC),
                        inside -> {
                            inside.pin(NamespaceType.IPC, file);
                            inside.pin(NamespaceType.IPC, file);
                            return true;
                        });

        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(twice::await)
                .withMessage(
                        "mknodat(AT_FDCWD, \"%s\", S_IFREG|0444) = EEXIST (File exists)", file);
        assertThatIOException().isThrownBy(twice::await);
        removeQuietly(file);
    }

    private static void removeQuietly(Path file) {
        try {
            NamespacePin.remove(file);
        } catch (SyscallException refused) {
            throw new AssertionError(refused);
        }
    }
}
