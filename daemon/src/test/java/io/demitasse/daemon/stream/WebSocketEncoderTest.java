package io.demitasse.daemon.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 6455, 5.2: the length of a frame has one of three forms. */
class WebSocketEncoderTest {
    private final EmbeddedChannel channel =
            new EmbeddedChannel(new WebSocketEncoder(ChannelEncoding.BINARY));

    private String header() {
        ByteBuf header = channel.readOutbound();
        return ByteBufUtil.hexDump(header);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 8200",
        "125, 827d",
        "126, 827e007e",
        "65535, 827effff",
        "65536, 827f0000000000010000"
    })
    void shouldSayTheLengthInItsShortestForm(int length, String header) {
        assertThat(channel.writeOutbound(Unpooled.wrappedBuffer(new byte[length]))).isTrue();

        assertThat(header()).isEqualTo(header);
        ByteBuf content = channel.readOutbound();
        assertThat(content.readableBytes()).isEqualTo(length);
    }

    @Test
    void shouldSayThatBase64IsText() {
        var text = new EmbeddedChannel(new WebSocketEncoder(ChannelEncoding.BASE64));

        text.writeOutbound(Unpooled.wrappedBuffer(new byte[] {'1'}));

        ByteBuf header = text.readOutbound();
        assertThat(ByteBufUtil.hexDump(header)).isEqualTo("8101");
        text.finishAndReleaseAll();
    }

    @Test
    void shouldCloseAsNothingIsWrong() {
        channel.writeOutbound(WebSocketSignal.CLOSE);

        assertThat(header()).isEqualTo("880203e8");
    }

    @Test
    void shouldLetOthersPass() {
        channel.writeOutbound("text");

        assertThat(channel.<Object>readOutbound()).isEqualTo("text");
    }

    @Test
    void shouldAnswerAPingWithItsContent() {
        var ping = Unpooled.wrappedBuffer(new byte[] {1, 2, 3});

        assertThat(ByteBufUtil.hexDump(WebSocketEncoder.pong(ping))).isEqualTo("8a03010203");
        assertThat(ping.refCnt()).isZero();
    }
}
