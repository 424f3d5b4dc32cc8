package io.demitasse.linux.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the real kernel; needs no privilege. */
class DirectoryFdTest {
    private static final byte[] NOT_UTF8 = {'a', (byte) 0xff, (byte) 0xfe, 'z'};

    @TempDir Path path;
    private DirectoryFd directory;

    @BeforeEach
    void open() throws SyscallException {
        directory = DirectoryFd.open(path);
    }

    @AfterEach
    void close() {
        directory.close();
    }

    @Test
    void shouldKeepNamesThatAreNotUtf8() throws SyscallException {
        directory.makeDirectory(NOT_UTF8, 0755);

        assertThat(directory.list())
                .singleElement()
                .satisfies(entry -> assertThat(entry.name()).isEqualTo(NOT_UTF8))
                .satisfies(entry -> assertThat(entry.type()).isEqualTo(FileType.DIRECTORY));
    }

    @Test
    void shouldListManyEntries() throws Exception {
        for (int i = 0; i < 3000; i++) {
            Files.createFile(path.resolve("a-name-of-some-length-" + i));
        }

        assertThat(directory.list()).hasSize(3000);
        assertThat(directory.list()).hasSize(3000);
    }

    @Test
    void shouldRefusePathThatLeadsOut() throws SyscallException {
        directory.makeSymbolicLink("out", "/etc");

        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(() -> directory.openFile("out/passwd", OpenHow.READ))
                .withMessageMatching(
                        "openat2\\(\\d+, \"out/passwd\", \\{flags=O_RDONLY\\|O_CLOEXEC, mode=0,"
                                + " resolve=RESOLVE_NO_MAGICLINKS\\|RESOLVE_BENEATH}\\) = EXDEV"
                                + " \\(Invalid cross-device link\\)");
        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(() -> directory.openFile("../x", OpenHow.READ))
                .matches(refused -> refused.is(Errno.EXDEV));
    }

    @Test
    void shouldFollowAbsoluteLinkInsideRoot() throws Exception {
        Files.createDirectory(path.resolve("etc"));
        Files.writeString(path.resolve("etc/passwd"), "root");
        directory.makeSymbolicLink("link", "/etc/../../etc/passwd");

        try (var file = directory.openFile("link", OpenHow.READ.inRoot())) {
            assertThat(file.readAll(100)).asString(UTF_8).isEqualTo("root");
        }
    }

    @Test
    void shouldRefuseNameThatIsAPath() {
        for (var name : new String[] {"", ".", "..", "a/b", "/", "a\0"}) {
            assertThatExceptionOfType(IllegalArgumentException.class)
                    .isThrownBy(() -> directory.makeDirectory(name, 0755));
        }
    }

    @Test
    void shouldWriteReadAndStat() throws SyscallException {
        var time = Instant.parse("2020-01-02T03:04:05.123456789Z");
        var contents = new byte[200_000];
        Arrays.fill(contents, (byte) 7);

        try (var file = directory.openFile("f", OpenHow.WRITE.create(0600).exclusive())) {
            file.write(contents);
            file.chmod(04751);
            file.setTimes(time);
        }

        try (var file = directory.openFile("f", OpenHow.READ)) {
            assertThat(file.readAll(200_000)).isEqualTo(contents);
            assertThat(file.status())
                    .returns(FileType.REGULAR, FileStatus::type)
                    .returns(04751, FileStatus::mode)
                    .returns(200_000L, FileStatus::sizeBytes)
                    .returns(time, FileStatus::modified);
        }
        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(() -> {
                    try (var file = directory.openFile("f", OpenHow.READ)) {
                        file.readAll(199_999);
                    }
                })
                .matches(refused -> refused.is(Errno.EFBIG));
    }

    @Test
    void shouldKeepExtendedAttributes() throws SyscallException {
        var attributes = directory.attributes();

        attributes.set("user.one", new byte[] {1, 2, 3});
        attributes.set("user.none", new byte[0]);

        assertThat(attributes.get("user.one")).hasValue(new byte[] {1, 2, 3});
        assertThat(attributes.get("user.two")).isEmpty();
        assertThat(attributes.names()).contains("user.one", "user.none");
    }

    @Test
    void shouldRenameExchangeAndLink() throws SyscallException {
        DurableFile.replace(directory, "a", "A".getBytes(UTF_8));
        DurableFile.replace(directory, "b", "B".getBytes(UTF_8));
        directory.link("a".getBytes(UTF_8), directory, "c".getBytes(UTF_8));
        directory.exchange("a", directory, "b");

        assertThat(path.resolve("a")).hasContent("B");
        assertThat(path.resolve("c")).hasContent("A");
        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(() -> directory.renameIfAbsent("a", directory, "b"))
                .matches(refused -> refused.is(Errno.EEXIST));
    }

    @Test
    void shouldRemoveTreeDeeperThanDescriptorsAllow() throws SyscallException {
        directory.makeDirectory("deep", 0755);
        var current = directory.openDirectory("deep");
        for (int i = 0; i < 3000; i++) {
            current.makeDirectory("d", 0755);
            current.makeSymbolicLink("link", "/etc");
            var next = current.openDirectory("d");
            current.close();
            current = next;
        }
        current.close();

        FileTree.remove(directory, "deep");
        FileTree.remove(directory, "deep");

        assertThat(directory.list()).isEmpty();
        assertThat(Path.of("/etc/passwd")).exists();
    }

    @Test
    void shouldLockOnce() throws SyscallException {
        var file = path.resolve("lock");
        var lock = FileLock.tryExclusive(file).orElseThrow();

        assertThat(FileLock.tryExclusive(file)).isEmpty();
        lock.close();
        var again = FileLock.tryExclusive(file);
        assertThat(again).isPresent();
        again.orElseThrow().close();
    }

    @Test
    void shouldTellFilesystems() throws SyscallException {
        assertThat(FilesystemStatus.of(Path.of("/proc")).type())
                .isEqualTo(FilesystemStatus.PROC_SUPER_MAGIC);
        assertThat(directory.filesystem().blocks()).isPositive();
        assertThat(FileStatus.of(Path.of("/dev/null")))
                .returns(new FileStatus.Device(1, 3), FileStatus::node);
    }
}
