package io.demitasse.shim.plan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** As makedev(3) packs them; the numbers are from a compiled program. */
class DeviceTest {
    @ParameterizedTest
    @CsvSource({
        "1, 3, 0x103",
        "0xfff, 0xff, 0xfffff",
        "0x1000, 0, 0x100000000000",
        "0, 0x100, 0x100000",
        "0xabcde, 0x12345, 0xab000123cde45",
        "0x7ffff, 0xfffff, 0x7f000ffffffff"
    })
    void shouldBePackedAsTheKernelWants(String major, String minor, String encoded) {
        var device = new Device(Integer.decode(major), Integer.decode(minor));

        assertThat(device.encoded()).isEqualTo(Long.decode(encoded));
    }

    @Test
    void shouldBeShownAsLsShowsIt() {
        assertThat(new Device(10, 200)).hasToString("10:200");
    }
}
