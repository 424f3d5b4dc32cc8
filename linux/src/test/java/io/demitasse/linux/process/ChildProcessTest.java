package io.demitasse.linux.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.io.Pipe;
import io.demitasse.linux.mount.ReadOnlyProgram;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against the real kernel and a real shell; needs root, for the file system of the program. */
@Timeout(120)
class ChildProcessTest {
    @Test
    void shouldRunASealedProgramWithTheDescriptorsItWasGiven() throws Exception {
        var shell = Files.readAllBytes(Path.of("/bin/sh").toRealPath());
        try (var program = ReadOnlyProgram.of("sh", shell);
                var pipe = Pipe.open();
                var child =
                        ChildProcess.start(
                                program,
                                List.of("sh", "-c", "echo hello >&3; exit 7"),
                                List.of(pipe.writeEnd()))) {
            assertThat(child.pidfd().awaitExit(java.time.Duration.ofSeconds(60))).isTrue();
            assertThat(child.await()).isEqualTo(7);

            var buffer = new byte[10];
            assertThat(pipe.read(buffer)).hasValue(6);
            assertThat(new String(buffer, 0, 6, StandardCharsets.UTF_8)).isEqualTo("hello\n");
        }
    }

    @Test
    void shouldReportTheSignalThatKilledIt() throws Exception {
        var shell = Files.readAllBytes(Path.of("/bin/sh").toRealPath());
        try (var program = ReadOnlyProgram.of("sh", shell);
                var child =
                        ChildProcess.start(
                                program, List.of("sh", "-c", "exec sleep 60"), List.of())) {
            child.pidfd().signal(Pidfd.SIGKILL);

            assertThat(child.await()).isEqualTo(-Pidfd.SIGKILL);
        }
    }

    @Test
    void shouldNameCallArgumentsAndErrnoWhenProcessDoesNotExist() {
        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(() -> Pidfd.open(Integer.MAX_VALUE))
                .withMessage("pidfd_open(2147483647, 0) = ESRCH (No such process)");
    }
}
