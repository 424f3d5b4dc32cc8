package io.demitasse.shim.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.demitasse.linux.Fd;
import io.demitasse.shim.Program;
import io.demitasse.shim.plan.FilesystemOperation.AttachMount;
import io.demitasse.shim.plan.FilesystemOperation.MakeNode;
import io.demitasse.shim.plan.FilesystemOperation.MakeSymlink;
import io.demitasse.shim.plan.FilesystemOperation.MountFilesystem;
import io.demitasse.shim.plan.FilesystemOperation.WriteFile;
import io.demitasse.shim.plan.PrivilegeOperation.LoadSeccomp;
import io.demitasse.shim.plan.PrivilegeOperation.SetIds;
import io.demitasse.shim.plan.ProcessOperation.AdjustOomScore;
import io.demitasse.shim.plan.ProcessOperation.ChangeDirectory;
import io.demitasse.shim.plan.ProcessOperation.CloneProcess;
import io.demitasse.shim.plan.ProcessOperation.Execute;
import io.demitasse.shim.plan.ProcessOperation.LimitResource;
import io.demitasse.shim.plan.ProcessOperation.OpenNull;
import io.demitasse.shim.plan.ProcessOperation.OpenTerminal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
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
    void shouldSayEveryArgumentToTheDecoder(@TempDir Path directory) throws Exception {
        var groups = List.of(10, 0x01020304);
        var every =
                new LaunchPlan(
                        new Monitor.Container(first, second),
                        new StandardStreams(
                                new StandardStream.Null(),
                                new StandardStream.Logged(),
                                new StandardStream.Passed(first)),
                        List.of(
                                new CloneProcess(Set.of(NamespaceKind.MOUNT), Optional.empty()),
                                new MountFilesystem(
                                        "tmpfs",
                                        "/t",
                                        Map.of("mode", "755"),
                                        Set.of(MountFlag.RDONLY, MountFlag.NODEV),
                                        true),
                                new MountFilesystem("proc", "/p", Map.of(), Set.of(), false),
                                new MakeNode("null", 0020666, new Device(1, 3), 5, 6),
                                new WriteFile("/a", "text", true),
                                new WriteFile("/b", "", false),
                                new ChangeDirectory("/w", true),
                                new ChangeDirectory("/x", false),
                                new OpenTerminal(24, 80, 1000, true),
                                new OpenTerminal(24, 80, 1000, false),
                                new OpenNull(List.of(0, 2)),
                                new LimitResource(7, 1024, 4096),
                                new LoadSeccomp(SeccompFilter.of(new byte[16], 3)),
                                new SetIds(-2, 7, groups),
                                new Execute(
                                        List.of("/e"),
                                        List.of("e"),
                                        List.of(word("A=1"), word("B=\u00e4")))));
        var encoded = every.encode();
        var file = Files.write(directory.resolve("plan"), encoded.bytes());

        var output = Program.run(List.of(Program.path("abi").toString(), file.toString()));

        assertThat(output.text())
                .isEqualTo(
                        """
                        monitor 2 0 1
                        CLONE 131072 -1
                        MOUNT_FILESYSTEM "tmpfs" "/t" mode|755 5 1
                        MOUNT_FILESYSTEM "proc" "/p" 0 0
                        MAKE_NODE "null" 8630 259 5 6
                        WRITE_FILE "/a" 4 bytes 1
                        WRITE_FILE "/b" 0 bytes 0
                        CHANGE_DIRECTORY "/w" 1
                        CHANGE_DIRECTORY "/x" 0
                        OPEN_TERMINAL 24 80 1000 1
                        OPEN_TERMINAL 24 80 1000 0
                        OPEN_NULL 5
                        LIMIT_RESOURCE 7 1024 4096
                        LOAD_SECCOMP 16 bytes 3
                        SET_IDS 4294967294 7 8 bytes
                        EXECUTE /e e A=1|B=\u00e4
                        """);
        assertThat(encoded.fds()).containsExactly(first, second);
        assertThat(streams(encoded)).containsExactly(PlanLayout.NO_FD, PlanLayout.LOGGED, 0);
        assertThat(encoded.bytes()).containsSequence(10, 0, 0, 0, 4, 3, 2, 1);
    }

    private static ByteBuffer word(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<Integer> streams(EncodedPlan encoded) {
        var bytes = ByteBuffer.wrap(encoded.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        return List.of(
                bytes.getInt(PlanLayout.STREAMS),
                bytes.getInt(PlanLayout.STREAMS + 4),
                bytes.getInt(PlanLayout.STREAMS + 8));
    }

    private static LaunchPlan writing(String contents) {
        return of(List.of(new WriteFile("/a", contents, false)));
    }

    @Test
    void shouldGrowToTheLargestPlanAndNotBeyond() {
        int around = writing("").encode().bytes().length;
        var largest = writing("x".repeat(PlanLayout.MAX_BYTES - around));

        assertThat(largest.encode().bytes()).hasSize(PlanLayout.MAX_BYTES);
        assertThatIllegalArgumentException()
                .isThrownBy(writing("x".repeat(PlanLayout.MAX_BYTES - around + 1))::encode)
                .withMessage("plan larger than " + PlanLayout.MAX_BYTES);
    }

    @Test
    void shouldReferToAsManyDescriptorsAsOneMessageCarries() {
        var fds = IntStream.range(0, PlanLayout.MAX_FDS + 1).mapToObj(i -> Fd.owning(i, "x"));
        var mounts = fds.map(fd -> new AttachMount(fd, "/m", false)).toList();
        var most = mounts.subList(1, mounts.size());

        assertThat(of(most).encode().fds()).hasSize(PlanLayout.MAX_FDS);
        assertThatIllegalArgumentException()
                .isThrownBy(of(mounts)::encode)
                .withMessageContaining("at most " + PlanLayout.MAX_FDS);
    }

    /** Every plan clones once and ends with a program. */
    private static LaunchPlan of(List<? extends Operation> operations) {
        var all = new ArrayList<Operation>();
        all.add(new CloneProcess(Set.of(), Optional.empty()));
        all.addAll(operations);
        all.add(new Execute(List.of("/a"), List.of("a"), List.of()));
        return new LaunchPlan(new Monitor.None(), StandardStreams.none(), all);
    }

    /** An operation whose arguments are not those of its code would be read as another one. */
    @Test
    void shouldHoldEachOperationToTheArgumentsOfItsCode() {
        var tooFew = new PlanEncoder(2).begin(OperationCode.SET_UMASK);
        var tooMany = new PlanEncoder(1).begin(OperationCode.SET_UMASK).number(1);
        var another = new PlanEncoder(1).begin(OperationCode.SET_UMASK);

        assertThatIllegalStateException()
                .isThrownBy(() -> tooFew.begin(OperationCode.START_SESSION))
                .withMessage("SET_UMASK takes arguments n");
        assertThatIllegalStateException().isThrownBy(() -> tooMany.number(2));
        assertThatIllegalStateException().isThrownBy(() -> another.text("077"));
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
        var word = of(List.of(new Execute(List.of("/a"), List.of("a"), List.of(word("A=\0b")))));
        assertThatIllegalArgumentException().isThrownBy(word::encode).withMessageContaining("NUL");
    }
}
