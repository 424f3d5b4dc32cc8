package io.demitasse.daemon.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.demitasse.daemon.record.v1.SandboxRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordDirectoryTest {
    private static final SandboxRecord RECORD =
            SandboxRecord.newBuilder().setId("a").setCreatedAt(7).build();

    @TempDir Path directory;
    private RecordDirectory records;

    @BeforeEach
    void open() throws Exception {
        records = new RecordDirectory(directory.resolve("sandboxes"));
    }

    @Test
    void shouldTellAnIntentFromACommittedRecord() throws Exception {
        records.intend("a");
        assertThat(records.record("a", SandboxRecord.parser())).isEmpty();

        records.commit("a", RECORD);

        assertThat(records.record("a", SandboxRecord.parser())).hasValue(RECORD);
        assertThat(records.ids()).containsExactly("a");
    }

    @Test
    void shouldRefuseATornRecordAndPutItInQuarantine() throws Exception {
        records.intend("a");
        records.commit("a", RECORD);
        var file = directory.resolve("sandboxes/a/record");
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);

        assertThatIOException()
                .isThrownBy(() -> records.record("a", SandboxRecord.parser()))
                .withMessageContaining(file.toString())
                .withMessageContaining("checksum");
        assertThat(records.quarantine("a")).exists();
        assertThat(records.ids()).isEmpty();
    }

    @Test
    void shouldLeaveAnIntentWhenRemovalIsInterrupted() throws Exception {
        records.intend("a");
        records.commit("a", RECORD);
        records.mark("a", "stopped");

        records.forgetRecord("a");

        assertThat(records.record("a", SandboxRecord.parser())).isEmpty();
        assertThat(records.isMarked("a", "stopped")).isTrue();
        assertThat(records.ids()).containsExactly("a");
        records.forget("a");
        records.forget("a");
        assertThat(records.ids()).isEmpty();
    }
}
