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

    /** Others beside the record that cannot be removed stand for the moment of a crash. */
    @Test
    void shouldForgetTheRecordBeforeAllElse() throws Exception {
        records.intend("a");
        records.commit("a", RECORD);
        for (int i = 0; i < 20; i++) {
            var other = directory.resolve("sandboxes/a/" + i);
            Files.createFile(Files.createDirectory(other).resolve("full"));
        }

        assertThatIOException().isThrownBy(() -> records.forget("a"));

        assertThat(records.record("a", SandboxRecord.parser())).isEmpty();
        assertThat(records.ids()).containsExactly("a");
    }

    @Test
    void shouldKnowWhatIsMarkedAndHowARecordIsEncoded() throws Exception {
        records.intend("a");
        assertThat(records.isMarked("a", "stopped")).isFalse();
        assertThat(records.encoded("a")).isEmpty();

        records.mark("a", "stopped");
        records.commit("a", RECORD);

        assertThat(records.isMarked("a", "stopped")).isTrue();
        assertThat(records.encoded("a").orElseThrow()).isEqualTo(RECORD.toByteArray());
    }

    @Test
    void shouldKeepWhatWasPutInQuarantineBefore() throws Exception {
        for (var expected : new String[] {"a", "a.1", "a.2"}) {
            records.intend("a");

            assertThat(records.quarantine("a").getFileName()).hasToString(expected);
        }
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
