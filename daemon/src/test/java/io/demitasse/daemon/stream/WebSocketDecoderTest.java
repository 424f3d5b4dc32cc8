package io.demitasse.daemon.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames as RFC 6455 has them, and those that it forbids. */
class WebSocketDecoderTest {
    private static final int MASK = 0x37fa213d;

    private final EmbeddedChannel client = new EmbeddedChannel(new WebSocketDecoder(true));

    @AfterEach
    void close() {
        client.finishAndReleaseAll();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 125, 126, 65_535, 65_536, 200_001})
    void shouldUnmaskFramesOfAnyLengthHoweverTheyAreCut(int length) {
        var content = new byte[length];
        for (int i = 0; i < length; i++) {
            content[i] = (byte) (i * 31);
        }
        var frame = frame(0x82, content);
        int cut = 1;
        for (int at = 0; at < frame.length; at += cut, cut = cut * 3 + 1) {
            client.writeInbound(Unpooled.copiedBuffer(frame, at, Math.min(cut, frame.length - at)));
        }

        assertThat(client.inboundMessages().peek()).isEqualTo(WebSocketSignal.MESSAGE_BEGINS);
        assertThat(bytes(read())).isEqualTo(content);
    }

    @Test
    void shouldPassOnWhatHasComeOfAFrameThatSaysItIsHuge() {
        var head =
                ByteBuffer.allocate(14).put((byte) 0x82).put((byte) 0xff).putLong(Long.MAX_VALUE);
        client.writeInbound(Unpooled.wrappedBuffer(head.putInt(0).array()));
        for (int i = 0; i < 100; i++) {
            client.writeInbound(Unpooled.wrappedBuffer(new byte[1_000]));
            client.releaseInbound();
        }
        client.writeInbound(Unpooled.copiedBuffer("x", US_ASCII));

        assertThat(bytes(read())).isEqualTo(new byte[] {'x'});
    }

    @Test
    void shouldTellWhereAMessageOfSeveralFramesBegins() {
        client.writeInbound(Unpooled.wrappedBuffer(frame(0x02, new byte[] {1})));
        client.writeInbound(Unpooled.wrappedBuffer(frame(0x89, new byte[] {9})));
        client.writeInbound(Unpooled.wrappedBuffer(frame(0x80, new byte[] {2})));
        client.writeInbound(Unpooled.wrappedBuffer(frame(0x82, new byte[] {3})));

        var parts = read();
        assertThat(bytes(parts)).isEqualTo(new byte[] {1, 2, 3});
        assertThat(parts).hasSize(5);
        assertThat(parts.get(3)).isEqualTo(WebSocketSignal.MESSAGE_BEGINS);
        ByteBuf pong = client.readOutbound();
        assertThat(bytes(List.of(pong))).isEqualTo(new byte[] {(byte) 0x8a, 1, 9});
    }

    @Test
    void shouldCloseWhenTheClientDoes() {
        client.writeInbound(Unpooled.wrappedBuffer(frame(0x88, new byte[] {3, (byte) 0xe8})));

        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void shouldRefuseFramesThatNoClientMaySend() {
        refuses(0x82, 0x01, 0, 0); // not masked
        refuses(0xc2, 0x81, 0, 0, 0, 0, 0); // a reserved bit
        refuses(0x09, 0x80, 0, 0, 0, 0); // a ping in parts
        refuses(0x89, 0xfe, 1, 0, 0, 0, 0, 0); // a ping that is too long
        refuses(0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0); // a negative length
    }

    private static void refuses(int... frame) {
        var other = new EmbeddedChannel(new WebSocketDecoder(true));
        var bytes = Unpooled.buffer();
        for (int each : frame) {
            bytes.writeByte(each);
        }
        assertThatExceptionOfType(DecoderException.class)
                .isThrownBy(() -> other.writeInbound(bytes));
    }

    private List<Object> read() {
        var parts = new ArrayList<Object>();
        for (Object part = client.readInbound(); part != null; part = client.readInbound()) {
            parts.add(part);
        }
        return parts;
    }

    private static byte[] bytes(List<Object> parts) {
        var all = new ByteArrayOutputStream();
        for (var part : parts) {
            if (part instanceof ByteBuf buffer) {
                var piece = new byte[buffer.readableBytes()];
                buffer.readBytes(piece);
                buffer.release();
                all.writeBytes(piece);
            }
        }
        return all.toByteArray();
    }

    private static byte[] frame(int first, byte[] content) {
        int length = content.length;
        var frame = ByteBuffer.allocate(14 + length).put((byte) first);
        if (length < 126) {
            frame.put((byte) (0x80 | length));
        } else if (length <= 0xffff) {
            frame.put((byte) 0xfe).putShort((short) length);
        } else {
            frame.put((byte) 0xff).putLong(length);
        }
        frame.putInt(MASK);
        for (int i = 0; i < length; i++) {
            frame.put((byte) (content[i] ^ (MASK >>> (24 - ((i % 4) * 8)))));
        }
        var bytes = new byte[frame.flip().remaining()];
        frame.get(bytes);
        return bytes;
    }
}
