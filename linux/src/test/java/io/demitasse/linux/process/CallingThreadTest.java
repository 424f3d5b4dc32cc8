package io.demitasse.linux.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** On the real kernel; needs no privilege. */
class CallingThreadTest {
    private static final int NICE = 18; // of proc_pid_stat(5), counted from 0

    @Test
    void shouldGiveWayWithThisThreadOnly() throws Exception {
        int before = nice();
        var other =
                new FutureTask<>(() -> {
                    CallingThread.giveWay();
                    return nice();
                });
        Thread.ofPlatform().start(other);

        assertThat(other.get()).isEqualTo(19);
        assertThat(nice()).isEqualTo(before);
    }

    private static int nice() throws Exception {
        var stat = Files.readString(Path.of("/proc/thread-self/stat"));
        // The name, which may have spaces, is in parentheses
        var fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
        return Integer.parseInt(fields.get(NICE - 2));
    }
}
