package io.demitasse.linux.hash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against the specification's examples, and one implementation against the other. */
class Sha256Test {
    private static final String ABC =
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    private static byte[] hash(Sha256 hash, byte[] content, boolean direct) {
        try (hash) {
            for (int at = 0; at < content.length; ) {
                int count = Math.min(777, content.length - at);
                var part = direct ? ByteBuffer.allocateDirect(count) : ByteBuffer.allocate(count);
                hash.update(part.put(content, at, count).flip());
                assertThat(part.hasRemaining()).isFalse();
                at += count;
            }
            return hash.finish();
        }
    }

    @Test
    void shouldHashTheExample() {
        var abc = "abc".getBytes(StandardCharsets.US_ASCII);

        assertThat(HexFormat.of().formatHex(hash(Sha256.begin(), abc, false))).isEqualTo(ABC);
        assertThat(HexFormat.of().formatHex(hash(new JdkSha256(), abc, true))).isEqualTo(ABC);
    }

    @Test
    void shouldAgreeWithTheJdk() {
        assumeTrue(CryptoCalls.link().isPresent(), "needs libcrypto.so.3: install libssl3");
        var content = new byte[100_001];
        new Random(1).nextBytes(content);

        for (boolean direct : new boolean[] {false, true}) {
            assertThat(hash(new CryptoSha256(CryptoCalls.link().orElseThrow()), content, direct))
                    .isEqualTo(hash(new JdkSha256(), content, direct));
        }
    }

    @Test
    void shouldRefuseToGoOnAfterItIsClosed() {
        assumeTrue(CryptoCalls.link().isPresent(), "needs libcrypto.so.3: install libssl3");
        var hash = Sha256.begin();
        hash.close();
        hash.close();

        assertThatIllegalStateException()
                .isThrownBy(() -> hash.update(ByteBuffer.allocateDirect(1)));
    }
}
