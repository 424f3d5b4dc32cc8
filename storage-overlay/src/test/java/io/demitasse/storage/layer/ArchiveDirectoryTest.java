package io.demitasse.storage.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.linux.SyscallException;
import io.demitasse.storage.Trash;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveDirectoryTest {
    @Test
    void shouldCloseAnArchiveThatThereIsNoPlaceFor(@TempDir Path parent) throws Exception {
        var ingest = Files.createDirectory(parent.resolve("ingest"));
        try (var trash = Trash.open(ingest)) {
            Files.delete(ingest);
            var archive = Channels.newChannel(InputStream.nullInputStream());

            assertThatExceptionOfType(SyscallException.class)
                    .isThrownBy(() -> ArchiveDirectory.unpack(archive, trash));

            assertThat(archive.isOpen()).isFalse();
        }
    }
}
