package io.demitasse.storage.registry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The variant of a processor, from what the kernel lists. */
class ProcessorTest {
    private static final String V1 = "fpu lm sse sse2";
    private static final String V2 = V1 + " pni ssse3 cx16 sse4_1 sse4_2 popcnt lahf_lm";
    private static final String V3 = V2 + " fma movbe xsave avx f16c abm bmi1 avx2 bmi2";
    private static final String V4 = V3 + " avx512f avx512dq avx512cd avx512bw avx512vl";

    private static String variant(String architecture, String key, String flags) {
        return Processor.variant(
                architecture, "processor\t: 0\n" + key + "\t\t: " + flags + "\n\nprocessor\t: 1\n");
    }

    @Test
    void shouldTellTheLevelOfAnAmd64Processor() {
        assertThat(variant("amd64", "flags", V1)).isEmpty();
        assertThat(variant("amd64", "flags", V2)).isEqualTo("v2");
        assertThat(variant("amd64", "flags", V3)).isEqualTo("v3");
        assertThat(variant("amd64", "flags", V4)).isEqualTo("v4");
        assertThat(variant("amd64", "flags", V4.replace(" avx2", ""))).isEqualTo("v2");
        assertThat(Processor.variant("amd64", "")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "arm64, fp asimd, v8",
        "arm64, fp asimd atomics asimdrdm crc32, v8.1",
        "arm, half thumb, v6",
        "arm, half vfpv3 neon, v7",
        "s390x, esan3, ''",
    })
    void shouldTellTheVariantOfOthers(String architecture, String flags, String expected) {
        assertThat(variant(architecture, "Features", flags)).isEqualTo(expected);
    }
}
