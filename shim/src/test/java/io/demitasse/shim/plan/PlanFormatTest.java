package io.demitasse.shim.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.demitasse.linux.Fd;
import io.demitasse.shim.Program;
import io.demitasse.shim.plan.FilesystemOperation.AttachMount;
import io.demitasse.shim.plan.FilesystemOperation.MakeSymlink;
import io.demitasse.shim.plan.ProcessOperation.AdjustOomScore;
import io.demitasse.shim.plan.ProcessOperation.CloneProcess;
import io.demitasse.shim.plan.ProcessOperation.Execute;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The encoder in Java and the decoder in C agree. */
class PlanFormatTest {
    // Never used as descriptors: the encoder only tells them apart.
    private final Fd first = Fd.owning(1_000_001, "first");
    private final Fd second = Fd.owning(1_000_002, "second");

    private final LaunchPlan plan =
            new LaunchPlan(
                    new Monitor.Container(first, second),
                    StandardStreams.logged(),
                    List.of(
                            new CloneProcess(Set.of(NamespaceKind.MOUNT), Optional.empty()),
                            new AttachMount(second, "/däta", true),
                            new MakeSymlink("fd", "/proc/self/fd"),
                            new AdjustOomScore(-998, false),
                            new Execute(
                                    List.of("/bin/true", "/true"),
                                    List.of("true", "", "x y"),
                                    List.of())));

    @Test
    void shouldHaveTheLayoutOfTheCompiledProgram() throws Exception {
        var lines = Program.run(List.of(Program.path("abi").toString())).text();

        assertThat(lines)
                .contains(
                        "magic " + PlanLayout.MAGIC + "\n",
                        "version " + PlanLayout.VERSION + "\n",
                        "max_bytes " + PlanLayout.MAX_BYTES + "\n",
                        "max_fds " + PlanLayout.MAX_FDS + "\n",
                        "header " + PlanLayout.HEADER_BYTES + "\n",
                        "operation " + PlanLayout.OPERATION_BYTES + "\n",
                        "message 48\n",
                        "plan_header.size " + PlanLayout.SIZE + "\n",
                        "plan_header.operations " + PlanLayout.OPERATIONS + "\n",
                        "plan_header.fds " + PlanLayout.FDS + "\n",
                        "plan_header.monitor " + PlanLayout.MONITOR + "\n",
                        "plan_header.directory " + PlanLayout.DIRECTORY + "\n",
                        "plan_header.log " + PlanLayout.LOG + "\n",
                        "plan_header.streams " + PlanLayout.STREAMS + "\n",
                        "plan_op.arguments 8\n");
        assertThat(lines.lines().filter(line -> line.startsWith("op ")))
                .containsExactlyElementsOf(
                        Arrays.stream(OperationCode.values())
                                .map(code ->
                                        "op %d %s %s"
                                                .formatted(
                                                        code.number(),
                                                        code.name(),
                                                        code.arguments()))
                                .toList());
    }

    @Test
    void shouldBeReadByTheDecoderAsItWasWritten(@TempDir Path directory) throws Exception {
        var file = Files.write(directory.resolve("plan"), plan.encode().bytes());

        var output = Program.run(List.of(Program.path("abi").toString(), file.toString()));

        assertThat(output.text())
                .isEqualTo(
                        """
                        monitor 2 1 0
                        CLONE 131072 -1
                        ATTACH_MOUNT 0 "/däta" 1
                        MAKE_SYMLINK "fd" "/proc/self/fd"
                        ADJUST_OOM_SCORE -998 0
                        EXECUTE /bin/true|/true true||x y
                        """);
        assertThat(output.exitCode()).isZero();
        assertThat(plan.encode().fds()).containsExactly(second, first);
    }

    @Test
    void shouldBeRefusedByTheDecoderWhenItIsCutOff(@TempDir Path directory) throws Exception {
        var bytes = plan.encode().bytes();
        var file = Files.write(directory.resolve("plan"), Arrays.copyOf(bytes, bytes.length - 8));

        var output = Program.run(List.of(Program.path("abi").toString(), file.toString()));

        assertThat(output.text()).isEqualTo("refused: operation -1\n");
    }

    @Test
    void shouldNotLetTheDecoderReadBeyondAMutatedPlan(@TempDir Path directory) throws Exception {
        var file = Files.write(directory.resolve("plan"), plan.encode().bytes());

        var output =
                Program.run(List.of(Program.path("fuzz-plan").toString(), "3", file.toString()));

        assertThat(output.text()).endsWith(" plans decoded\n");
        assertThat(output.exitCode()).isZero();
    }

    @Test
    void shouldRefuseTextsThatTheKernelWouldCutOff() {
        var cut =
                new LaunchPlan(
                        new Monitor.None(),
                        StandardStreams.none(),
                        List.of(
                                new CloneProcess(Set.of(), Optional.empty()),
                                new Execute(List.of("/a\0b"), List.of("a"), List.of())));

        assertThatIllegalArgumentException().isThrownBy(cut::encode).withMessageContaining("NUL");
    }
}
