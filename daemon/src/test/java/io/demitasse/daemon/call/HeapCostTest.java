package io.demitasse.daemon.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.protobuf.ByteString;
import com.google.protobuf.Int64Value;
import com.google.protobuf.Message;
import com.google.protobuf.StringValue;
import com.google.protobuf.UnknownFieldSet;
import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.KeyValue;
import io.demitasse.cri.v1.LinuxContainerSecurityContext;
import org.junit.jupiter.api.Test;

/** What a message takes in the heap, by what stands in it. */
class HeapCostTest {
    private static long cost(Message message) {
        return HeapCost.of(message.getDescriptorForType(), message.toByteArray());
    }

    @Test
    void shouldCountAnObjectAndItsFields() {
        long empty = cost(Int64Value.getDefaultInstance());

        assertThat(empty).isEqualTo(24 + 8);
        assertThat(cost(Int64Value.of(7)) - empty).isEqualTo(16 + 8);
        assertThat(cost(Int64Value.of(Long.MIN_VALUE)) - empty).isEqualTo(16 + 8);
    }

    @Test
    void shouldCountTextTwiceThatIsNotAscii() {
        long empty = cost(StringValue.getDefaultInstance());

        assertThat(cost(StringValue.of("x".repeat(100))) - empty).isEqualTo(16 + 56 + 100);
        assertThat(cost(StringValue.of("\u00e4".repeat(50))) - empty).isEqualTo(16 + 56 + 200);
        assertThat(cost(StringValue.of("x".repeat(98) + "\u00e4")) - empty)
                .isEqualTo(16 + 56 + 200);
    }

    @Test
    void shouldCountBytesOnce() {
        var value = ByteString.copyFrom(new byte[] {-1, -1, -1});
        long empty = cost(KeyValue.getDefaultInstance());

        assertThat(cost(KeyValue.newBuilder().setValue(value).build()) - empty)
                .isEqualTo(16 + 56 + 3);
    }

    @Test
    void shouldCountWhatStandsInMessagesAndMaps() {
        long empty = cost(ContainerConfig.getDefaultInstance());
        long one =
                cost(ContainerConfig.newBuilder().addEnvs(KeyValue.getDefaultInstance()).build());
        long label = cost(ContainerConfig.newBuilder().putLabels("key", "value").build());

        assertThat(one - empty).isEqualTo(16 + cost(KeyValue.getDefaultInstance()));
        assertThat(label - empty).isEqualTo(16 + 64 + 24 + 2 * 8 + 2 * (16 + 56) + 8);
    }

    /** A byte each on the wire, a long in memory. */
    @Test
    void shouldCountNumbersThatArePacked() {
        var groups = LinuxContainerSecurityContext.newBuilder();
        long empty = cost(groups.build());
        for (int i = 0; i < 100; i++) {
            groups.addSupplementalGroups(i);
        }

        assertThat(cost(groups.build()) - empty).isEqualTo(16 + 800);
    }

    @Test
    void shouldCountFieldsOfALaterVersionThatAreKept() {
        var unknown =
                UnknownFieldSet.newBuilder()
                        .addField(
                                1000,
                                UnknownFieldSet.Field.newBuilder()
                                        .addVarint(1)
                                        .addFixed32(2)
                                        .addFixed64(3)
                                        .addLengthDelimited(ByteString.copyFrom(new byte[10]))
                                        .build())
                        .build();
        long empty = cost(Int64Value.getDefaultInstance());

        assertThat(cost(Int64Value.newBuilder().setUnknownFields(unknown).build()) - empty)
                .isEqualTo(4 * (16 + 56) + 10);
    }

    @Test
    void shouldRefuseWhatIsNoMessage() {
        var type = StringValue.getDescriptor();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> HeapCost.of(type, bytes(0x0a)))
                .withMessageContaining("in the middle of a field");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HeapCost.of(type, bytes(0x0a, 2, 'x')))
                .withMessageContaining("in the middle of a field");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HeapCost.of(type, bytes(0x0b)))
                .withMessageContaining("wire type 3");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        HeapCost.of(type, bytes(8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1)))
                .withMessageContaining("more than 64 bits");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HeapCost.of(type, bytes(0x0d, 1, 2, 3)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HeapCost.of(type, bytes(0x09, 1, 2, 3, 4, 5, 6, 7)));
    }

    private static byte[] bytes(int... values) {
        var bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }
}
