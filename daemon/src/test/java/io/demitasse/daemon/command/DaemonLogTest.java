package io.demitasse.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

/** The lines that an operator reads. */
class DaemonLogTest {
    private final DaemonLog people = new DaemonLog(false);
    private final DaemonLog journald = new DaemonLog(true);

    @Test
    void shouldWriteTimeLevelAndText() {
        assertThat(people.line(record(Level.INFO, "container={0} started pid={1}", "3f2a", 4711)))
                .isEqualTo(
                        "time=2026-11-21T10:16:33.120Z level=info container=3f2a started pid=4711");
    }

    @Test
    void shouldLeaveTimeToJournaldAndGiveItThePriority() {
        assertThat(journald.line(record(Level.WARNING, "disk is full")))
                .isEqualTo("<4>level=warning disk is full");
    }

    @Test
    void shouldTellCheckedExceptionAsSentence() {
        var record = record(Level.SEVERE, "container=3f2a cannot be started");
        record.setThrown(
                new IOException("cannot mount its root", new NoSuchFileException("/layers/a")));

        assertThat(journald.line(record))
                .isEqualTo(
                        "<3>level=error container=3f2a cannot be started: cannot mount its root:"
                                + " NoSuchFileException: /layers/a");
    }

    @Test
    void shouldNotRepeatWhatCauseSays() {
        var cause = new IOException("openat2 = ENOENT");
        var record = record(Level.SEVERE, "lost");
        record.setThrown(new IOException("cannot read: openat2 = ENOENT", cause));

        assertThat(journald.line(record))
                .isEqualTo("<3>level=error lost: cannot read: openat2 = ENOENT");
    }

    @Test
    void shouldKeepOneLinePerEvent() {
        assertThat(journald.line(record(Level.INFO, "two\nlines")))
                .isEqualTo("<6>level=info two\\nlines");
    }

    @Test
    void shouldShowWhereBugHappened() {
        var record = record(Level.SEVERE, "pod=1");
        record.setThrown(new IllegalStateException("impossible"));

        assertThat(journald.line(record))
                .startsWith("<3>level=error pod=1: impossible")
                .contains("at " + DaemonLogTest.class.getName());
    }

    private static LogRecord record(Level level, String text, Object... arguments) {
        var record = new LogRecord(level, text);
        record.setParameters(arguments);
        record.setInstant(Instant.parse("2026-11-21T10:16:33.120Z"));
        return record;
    }
}
