package io.demitasse.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages of netlink(7), byte by byte: what the kernel sends is not believed to the letter. */
class MessageTest {
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_MTU = 4;

    private final MemorySegment buffer = Arena.ofAuto().allocate(1024, 8);
    private final MessageWriter writer = new MessageWriter(buffer);

    private void begin(int sequence) {
        writer.begin(sequence);
        writer.type(RtnetlinkSyscalls.RTM_NEWLINK, 0);
    }

    private MessageReader reader() {
        return new MessageReader(buffer.asSlice(0, writer.length()));
    }

    private void link(String name, int mtu) {
        var info = writer.struct(RtnetlinkSyscalls.IFINFOMSG);
        info.set(ValueLayout.JAVA_INT, 4, 7);
        writer.attribute(IFLA_IFNAME, name);
        writer.attribute(IFLA_MTU, mtu);
        writer.end();
    }

    @Test
    void shouldReadMessagesOneAfterAnother() {
        begin(1);
        link("eth0", 1500);
        begin(2);
        link("a-longer-name", 9000);
        var reader = reader();

        assertThat(reader.next()).isTrue();
        assertThat(reader.sequence()).isEqualTo(1);
        assertThat(reader.type()).isEqualTo(RtnetlinkSyscalls.RTM_NEWLINK);
        assertThat(reader.link()).isEqualTo(new Link(7, "eth0", false, 1500, 0, 0, 0));
        assertThat(reader.counters()).isEmpty();
        assertThat(reader.next()).isTrue();
        assertThat(reader.sequence()).isEqualTo(2);
        assertThat(reader.link()).isEqualTo(new Link(7, "a-longer-name", false, 9000, 0, 0, 0));
        assertThat(reader.next()).isFalse();
    }

    @Test
    void shouldNotReadAMessageThatIsCutOff() {
        begin(1);
        link("eth0", 1500);

        assertThat(new MessageReader(buffer.asSlice(0, writer.length() - 1)).next()).isFalse();
        assertThat(new MessageReader(buffer.asSlice(0, 15)).next()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(shorts = {0, 3, 10_000})
    void shouldNotReadBeyondAnAttributeWithAnotherLength(short length) {
        begin(1);
        long first = writer.length() + RtnetlinkSyscalls.IFINFOMSG.byteSize();
        link("eth0", 1500);
        buffer.set(ValueLayout.JAVA_SHORT, first, length);
        var reader = reader();

        assertThat(reader.next()).isTrue();
        assertThat(reader.link()).isEqualTo(new Link(7, "", false, 0, 0, 0, 0));
    }

    @Test
    void shouldReadAnAttributeThatEndsWithItsMessage() {
        begin(1);
        writer.struct(RtnetlinkSyscalls.IFINFOMSG);
        writer.attribute(IFLA_MTU, 1500);
        writer.end();
        var reader = reader();

        assertThat(reader.next()).isTrue();
        assertThat(reader.link().mtu()).isEqualTo(1500);
    }

    @Test
    void shouldNestAttributesAndMarkThem() {
        begin(1);
        long nest = writer.beginNest(18);
        writer.attribute(1, "veth");
        writer.endNest(nest);
        writer.end();

        assertThat(buffer.get(ValueLayout.JAVA_SHORT, nest)).isEqualTo((short) (4 + 4 + 8));
        assertThat(buffer.get(ValueLayout.JAVA_SHORT, nest + 2))
                .isEqualTo((short) (18 | NetlinkSyscalls.NLA_F_NESTED));
        assertThat(buffer.get(ValueLayout.JAVA_SHORT, nest + 4)).isEqualTo((short) (4 + 5));
        assertThat(buffer.get(ValueLayout.JAVA_INT, 0)).isEqualTo((int) writer.length());
    }

    @Test
    void shouldAskForAnAnswerBesideWhatItAsksForAlready() {
        writer.begin(1);
        writer.type(5, 0x400);
        writer.acknowledge();

        assertThat(buffer.get(ValueLayout.JAVA_SHORT, 6))
                .isEqualTo((short) (0x400 | NetlinkSyscalls.NLM_F_ACK));
    }

    /** The kernel repeats what it refused, or not; then it says why. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldReadWhyTheKernelRefused(boolean capped) {
        writer.begin(9);
        writer.type(
                2, NetlinkSyscalls.NLM_F_ACK_TLVS | (capped ? NetlinkSyscalls.NLM_F_CAPPED : 0));
        long error = writer.length();
        writer.struct(NetlinkSyscalls.NLMSGERR);
        buffer.set(ValueLayout.JAVA_INT, error, -17);
        buffer.set(ValueLayout.JAVA_INT, error + 4, 16 + 8);
        if (!capped) {
            writer.attribute(9, 1234);
        }
        writer.attribute(NetlinkSyscalls.NLMSGERR_ATTR_MSG, "device exists");
        writer.end();
        var reader = reader();

        assertThat(reader.next()).isTrue();
        assertThat(reader.error()).isEqualTo(-17);
        assertThat(reader.explanation()).isEqualTo("device exists");
        writer.type(2, 0);
        assertThat(reader.explanation()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 4", "4, 4", "5, 8"})
    void shouldFillUpToFourBytes(long length, long aligned) {
        assertThat(MessageWriter.align(length)).isEqualTo(aligned);
    }

    @Test
    void shouldHaveHardwareAddressesOfSixBytes() {
        var address = new HardwareAddress(0x02_42_ac_11_00_feL);

        assertThat(address).hasToString("02:42:ac:11:00:fe");
        assertThat(address.bytes()).containsExactly(2, 0x42, (byte) 0xac, 0x11, 0, (byte) 0xfe);
        assertThat(new HardwareAddress(0xffff_ffff_ffffL)).hasToString("ff:ff:ff:ff:ff:ff");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HardwareAddress(0x1_0000_0000_0000L));
        assertThatIllegalArgumentException().isThrownBy(() -> new HardwareAddress(-1));
    }
}
