package io.demitasse.linux.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

/** Ids of a user namespace and of the node, at the ends of their ranges. */
class IdMappingTest {
    private final IdMapping mapping = new IdMapping(0, 200_000, 65_536);

    @Test
    void shouldMapBothEnds() {
        assertThat(mapping.outside(0)).isEqualTo(200_000);
        assertThat(mapping.outside(65_535)).isEqualTo(265_535);
        assertThat(mapping.line()).isEqualTo("0 200000 65536\n");
    }

    @Test
    void shouldMapIdsThatAreNegativeInJava() {
        var high = new IdMapping(0xFFFF_0000L, 0x8000_0000L, 10);

        assertThat(high.contains(0xFFFF_0009)).isTrue();
        assertThat(high.contains(0xFFFF_000A)).isFalse();
        assertThat(high.outside(0xFFFF_0009)).isEqualTo(0x8000_0009);
    }

    @Test
    void shouldRefuseIdsThatItDoesNotHave() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mapping.outside(65_536))
                .withMessageContaining("id 65536 is not among the 65536 from 0 on");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mapping.outside(-1))
                .withMessageContaining("id 4294967295");
    }

    @Test
    void shouldBeginWhereItBeginsAndEndWhereItEnds() {
        var high = new IdMapping(10, 100, 5);

        assertThat(high.contains(9)).isFalse();
        assertThat(high.contains(10)).isTrue();
        assertThat(high.contains(14)).isTrue();
        assertThat(high.contains(15)).isFalse();
        assertThat(new IdMapping(0, 0, 0xFFFF_FFFFL).contains(-2)).isTrue();
    }

    @Test
    void shouldMapUsersAndGroupsEachTheirWay() {
        var both = new IdMappings(mapping, new IdMapping(0, 300_000, 10));

        assertThat(both.uid(5)).isEqualTo(200_005);
        assertThat(both.gid(5)).isEqualTo(300_005);
    }

    @Test
    void shouldSayWhichIdsCannotStandForWhich() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new IdMapping(10, 20, 0x1_0000_0000L))
                .withMessage("ids 10 to 4294967305 cannot stand for 20 to 4294967315");
        assertThatIllegalArgumentException().isThrownBy(() -> new IdMapping(0xFFFF_FFFEL, 0, 2));
        assertThatIllegalArgumentException().isThrownBy(() -> new IdMapping(0, -1, 1));
    }

    @Test
    void shouldRefuseRangesBeyondTheLastId() {
        assertThatIllegalArgumentException().isThrownBy(() -> new IdMapping(0, 1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new IdMapping(-1, 1, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new IdMapping(0, 0xFFFF_FFFFL, 1));
        assertThat(new IdMapping(0, 0xFFFF_FFFEL, 1).outside(0)).isEqualTo(-2);
    }
}
