package io.demitasse.daemon.call;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessagesTest {
    private static BytesValue item(int kilobytes) {
        return BytesValue.of(ByteString.copyFrom(new byte[kilobytes * 1000]));
    }

    private static List<Integer> sizes(BytesValue... items) {
        return Messages.of(List.of(items), List::size);
    }

    @Test
    void shouldSendNothingForNothing() {
        assertThat(sizes()).isEmpty();
    }

    @Test
    void shouldFillMessagesToTheirSize() {
        assertThat(sizes(item(400), item(400), item(400), item(1))).containsExactly(2, 2);
    }

    @Test
    void shouldFillAMessageToItsLastByte() {
        var half = BytesValue.of(ByteString.copyFrom(new byte[(Messages.MAX_BYTES >> 1) - 4]));
        var more = BytesValue.of(ByteString.copyFrom(new byte[(Messages.MAX_BYTES >> 1) - 3]));
        assertThat(half.getSerializedSize()).isEqualTo(Messages.MAX_BYTES >> 1);

        assertThat(sizes(half, half)).containsExactly(2);
        assertThat(sizes(half, more)).containsExactly(1, 1);
    }

    @Test
    void shouldSendAnItemAloneThatIsLargerThanAMessage() {
        assertThat(sizes(item(1), item(3000), item(1), item(1))).containsExactly(1, 1, 2);
    }
}
