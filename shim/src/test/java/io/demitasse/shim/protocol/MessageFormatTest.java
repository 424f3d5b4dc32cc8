package io.demitasse.shim.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.linux.Fd;
import io.demitasse.linux.io.MemoryFd;
import io.demitasse.linux.socket.Packet;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a shim says, and whose its descriptors are then. */
class MessageFormatTest {
    private static final long AT = 1_700_000_000_000_000_001L;
    private static final Instant INSTANT = Instant.ofEpochSecond(1_700_000_000L, 1);

    private static Packet packet(int type, List<Fd> fds, long... values) {
        return new Packet(ByteBuffer.wrap(MessageFormat.request(type, values)), fds);
    }

    private static Fd descriptor() throws Exception {
        return MemoryFd.sealed("message", new byte[1]);
    }

    @Test
    void shouldBeginWithVersionAndType() {
        var bytes =
                ByteBuffer.wrap(MessageFormat.request(MessageFormat.RESIZE, 24, 80))
                        .order(ByteOrder.LITTLE_ENDIAN);

        assertThat(bytes.remaining()).isEqualTo(MessageFormat.BYTES);
        assertThat(bytes.getInt(0)).isEqualTo(MessageFormat.VERSION);
        assertThat(bytes.getInt(4)).isEqualTo(MessageFormat.RESIZE);
        assertThat(bytes.getLong(8)).isEqualTo(24);
        assertThat(bytes.getLong(16)).isEqualTo(80);
    }

    @Test
    void shouldGreetWithTheProcessAndItsEnd() throws Exception {
        try (var init = descriptor();
                var other = descriptor()) {
            var running =
                    (ShimMessage.Hello)
                            MessageFormat.parse(
                                    packet(MessageFormat.HELLO, List.of(init), 7, AT, 0, 0, 0));
            var ended =
                    (ShimMessage.Hello)
                            MessageFormat.parse(
                                    packet(MessageFormat.HELLO, List.of(other), 7, AT, 1, 3, AT));

            assertThat(running.version()).isEqualTo(MessageFormat.VERSION);
            assertThat(running.pid()).isEqualTo(7);
            assertThat(running.startedAt()).isEqualTo(INSTANT);
            assertThat(running.exit()).isEmpty();
            assertThat(ended.exit()).hasValue(new ExitStatus.Exited(3, INSTANT));
            assertThat(init.isOpen()).isTrue();
            running.discard();
            assertThat(init.isOpen()).isFalse();
            assertThat(other.isOpen()).isTrue();
        }
    }

    @Test
    void shouldStartWithATerminalOrWithout() throws Exception {
        try (var init = descriptor();
                var terminal = descriptor();
                var other = descriptor()) {
            var with =
                    (ShimMessage.Started)
                            MessageFormat.parse(
                                    packet(MessageFormat.STARTED, List.of(init, terminal), 8, AT));
            var without =
                    (ShimMessage.Started)
                            MessageFormat.parse(
                                    packet(MessageFormat.STARTED, List.of(other), 9, AT));

            assertThat(with.pid()).isEqualTo(8);
            assertThat(with.startedAt()).isEqualTo(INSTANT);
            assertThat(with.terminal()).hasValue(terminal);
            assertThat(without.terminal()).isEmpty();
            with.discard();
            assertThat(List.of(init, terminal)).noneMatch(Fd::isOpen);
            without.discard();
            assertThat(other.isOpen()).isFalse();
        }
    }

    @Test
    void shouldAttachWithTheInputOrWithout() throws Exception {
        try (var input = descriptor()) {
            var attached = MessageFormat.parse(packet(MessageFormat.ATTACHED, List.of(input), 0));

            assertThat(attached).isEqualTo(new ShimMessage.Attached(0, Optional.of(input)));
            assertThat(MessageFormat.parse(packet(MessageFormat.ATTACHED, List.of(), 32)))
                    .isEqualTo(new ShimMessage.Attached(32, Optional.empty()));
            assertThat(input.isOpen()).isTrue();
            attached.discard();
            assertThat(input.isOpen()).isFalse();
        }
    }

    @Test
    void shouldCloseDescriptorsThatNoMessageOfThisKindBrings() throws Exception {
        try (var stray = descriptor()) {
            assertThat(MessageFormat.parse(packet(MessageFormat.FAILED, List.of(stray), 4, 13, 7)))
                    .isEqualTo(new ShimMessage.Failed(4, 13, 7));
            assertThat(stray.isOpen()).isFalse();
        }
    }

    @Test
    void shouldTellWhatElseThereIs() {
        assertThat(MessageFormat.parse(packet(MessageFormat.EXITED, List.of(), 1, 5, AT)))
                .isEqualTo(new ShimMessage.Exited(new ExitStatus.Exited(5, INSTANT)));
        assertThat(MessageFormat.parse(packet(MessageFormat.EXITED, List.of(), 2, 9, AT)))
                .isEqualTo(new ShimMessage.Exited(new ExitStatus.Signaled(9, INSTANT)));
        assertThat(MessageFormat.parse(packet(MessageFormat.ACKNOWLEDGED, List.of(), 16, 2)))
                .isEqualTo(new ShimMessage.Acknowledged(16, 2));
        assertThat(MessageFormat.parse(packet(99, List.of())))
                .isEqualTo(new ShimMessage.Unknown(99));
        assertThat(MessageFormat.parse(new Packet(ByteBuffer.allocate(0), List.of())))
                .isEqualTo(new ShimMessage.Disconnected());
        assertThat(new ExitStatus.Exited(5, INSTANT).exitCode()).isEqualTo(5);
    }

    @ParameterizedTest
    @EnumSource(ShimStep.class)
    void shouldSayWhatAStepWasTo(ShimStep step) {
        assertThat(ShimStep.describe(step.number())).contains(" ").doesNotStartWith("step ");
    }

    @Test
    void shouldSayTheNumberOfAStepThatALaterShimHas() {
        assertThat(ShimStep.describe(77)).isEqualTo("step 77");
        assertThat(ShimStep.describe(104)).isEqualTo("join the shims' cgroup");
    }
}
