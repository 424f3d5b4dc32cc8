package io.demitasse.linux.mount;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.demitasse.linux.Fd;
import io.demitasse.linux.io.MemoryFd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** As root, by the path that leads to a file which somebody else has open. */
@Timeout(120)
class ReadOnlyProgramTest {
    private static final byte[] CONTENTS = "#!/bin/sh\n".getBytes(UTF_8);

    /** A change that root may make to any file of its own. */
    private interface Change {
        void make(Path file) throws Exception;
    }

    private static final List<Change> CHANGES =
            List.of(
                    file ->
                            Files.setPosixFilePermissions(
                                    file, PosixFilePermissions.fromString("---------")),
                    file -> Files.setAttribute(file, "unix:uid", 1),
                    file -> Files.setLastModifiedTime(file, FileTime.fromMillis(0)));

    @Test
    void shouldRefuseEveryChangeOfItsInode() throws Exception {
        try (var program = ReadOnlyProgram.of("program", CONTENTS)) {
            for (var change : CHANGES) {
                assertThatThrownBy(() -> change.make(path(program)))
                        .hasMessageContaining("Read-only file system");
            }
            assertThatThrownBy(() -> Files.write(path(program), CONTENTS, StandardOpenOption.WRITE))
                    .hasMessageContaining("Read-only file system");
            assertThat(Files.readAllBytes(path(program))).isEqualTo(CONTENTS);
            assertThat(Files.isExecutable(path(program))).isTrue();
        }
    }

    /** What the program is not: a memfd, whose seals protect its contents alone. */
    @Test
    void shouldBeNeededBecauseSealsProtectContentsAlone() throws Exception {
        try (var sealed = MemoryFd.sealed("sealed", CONTENTS)) {
            for (var change : CHANGES) {
                change.make(path(sealed));
            }
        }
    }

    private static Path path(Fd fd) {
        return Path.of("/proc/self/fd", Integer.toString(fd.number()));
    }
}
