package io.demitasse.daemon.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.CorruptedFrameException;
import java.io.ByteArrayOutputStream;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Base64 however it is cut, and what is none. */
class Base64PiecesTest {
    private final Base64Pieces pieces = new Base64Pieces();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 7, 64, 1_000})
    void shouldDecodeMessagesHoweverTheyAreCut(int cut) {
        for (int length = 0; length < 100; length++) {
            var content = new byte[length];
            for (int i = 0; i < length; i++) {
                content[i] = (byte) (i * 31);
            }
            pieces.begin();

            assertThat(decode(Base64.getMimeEncoder().encodeToString(content), cut))
                    .isEqualTo(content);
        }
    }

    private byte[] decode(String text, int cut) {
        var all = new ByteArrayOutputStream();
        for (int at = 0; at < text.length(); at += cut) {
            all.writeBytes(decode(text.substring(at, Math.min(at + cut, text.length()))));
        }
        return all.toByteArray();
    }

    private byte[] decode(String text) {
        return pieces.decode(Unpooled.copiedBuffer(text, US_ASCII));
    }

    @Test
    void shouldRefuseWhatIsNoBase64() {
        refuses(() -> decode("Zm9v****"));
        refuses(() -> decode("Zg==Zg=="));
        refuses(() -> decode("===="));
    }

    @Test
    void shouldRefuseMoreAfterThePaddingOfAMessage() {
        assertThat(decode("Zg==")).containsExactly('f');

        refuses(() -> decode("Z"));
    }

    @Test
    void shouldRefuseAMessageThatEndsWithinACharacter() {
        assertThat(decode("Zm9vZg")).containsExactly('f', 'o', 'o');

        refuses(pieces::begin);
    }

    private static void refuses(Runnable decoding) {
        assertThatExceptionOfType(CorruptedFrameException.class).isThrownBy(decoding::run);
    }
}
