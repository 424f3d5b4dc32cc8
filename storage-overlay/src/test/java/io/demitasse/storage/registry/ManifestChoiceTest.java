package io.demitasse.storage.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.PullException.Reason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which image of an index is taken. */
class ManifestChoiceTest {
    private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
    private static final String LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
    private static final Platform OLD = new Platform("linux", "amd64", "");

    private final Map<Digest, byte[]> documents = new HashMap<>();
    private final List<String> entries = new ArrayList<>();

    /** A manifest whose one layer is called so. */
    private Digest manifest(String name, String configType, String layerType, String more) {
        var json =
                "{%s\"config\":{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":1},\"layers\":[{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}]}"
                        .formatted(
                                more,
                                configType,
                                Digest.of("c"),
                                layerType,
                                Digest.of(name),
                                name.length());
        documents.put(Digest.of(json), json.getBytes(UTF_8));
        return Digest.of(json);
    }

    private byte[] document(Digest digest) {
        return documents.getOrDefault(digest, new byte[0]);
    }

    private ManifestChoiceTest offer(String name, String platform) {
        return entry(manifest(name, CONFIG, LAYER, ""), platform, "");
    }

    private ManifestChoiceTest entry(Digest digest, String platform, String more) {
        var parts = (platform + "//").split("/", -1);
        var stated =
                platform.isEmpty()
                        ? ""
                        : ",\"platform\":{\"os\":\"%s\",\"architecture\":\"%s\",\"variant\":\"%s\"}"
                                .formatted(parts[0], parts[1], parts[2]);
        entries.add(
                "{\"digest\":\"%s\",\"size\":%d%s%s}"
                        .formatted(digest, document(digest).length, stated, more));
        return this;
    }

    /** {@return the name of what is taken} */
    private String chosen(Platform platform) throws PullException {
        var index = "{\"manifests\":[" + String.join(",", entries) + "]}";
        var found =
                new ManifestChoice(platform, "app", each -> document(each.digest()))
                        .choose(Digest.of(index), index.getBytes(UTF_8));
        var layer = found.manifest().layers().getFirst().digest();
        return List.of("one", "two", "three", "sbom").stream()
                .filter(name -> Digest.of(name).equals(layer))
                .findFirst()
                .orElse("?");
    }

    @ParameterizedTest
    @CsvSource({
        "amd64, '', amd64/v4, amd64, two",
        "amd64, v2, amd64/v4, amd64/v1, two",
        "amd64, v3, amd64/v2, amd64/v3, two",
        "amd64, v4, amd64, amd64/v3, two",
        "amd64, v4, amd64/v4, amd64, one",
        "amd64, v4, x86_64/v3, AMD64, one",
        "amd64, '', 386, amd64, two",
        "amd64, '', arm64, 386, two",
        "arm64, v8, arm64/v9, arm64, two",
        "arm64, v8, arm64/v8.1, arm64/v8, two",
        "arm64, v9, arm64, arm64/v8.2, two",
        "arm64, v8, arm/v7, aarch64/8, two",
        "arm, v6, arm/v7, arm/v5, two",
        "arm, v7, arm/v6, arm, two",
        "riscv64, '', amd64, riscv64, two",
    })
    void shouldTakeTheClosestThatTheProcessorRuns(
            String architecture, String variant, String first, String second, String expected)
            throws PullException {
        offer("one", "linux/" + first).offer("two", "linux/" + second);

        assertThat(chosen(new Platform("linux", architecture, variant))).isEqualTo(expected);
    }

    @Test
    void shouldRefuseWhatNeedsABetterProcessor() {
        offer("one", "linux/amd64/v4").offer("two", "windows/amd64").offer("three", "linux/arm64");

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> chosen(OLD))
                .withMessage(
                        "app has no image for linux/amd64, only for: linux/amd64/v4, windows/amd64,"
                                + " linux/arm64")
                .matches(failure -> failure.reason() == Reason.NOT_FOUND);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTakeAStatedPlatformBeforeAnUnstatedOne(boolean last) throws PullException {
        if (last) {
            offer("one", "").offer("two", "linux/amd64");
        } else {
            offer("two", "linux/amd64").offer("one", "");
        }

        assertThat(chosen(OLD)).isEqualTo("two");
        entries.clear();
        assertThat(offer("three", "linux/arm64").offer("one", "").chosen(OLD)).isEqualTo("one");
    }

    @Test
    void shouldTakeWhatOnlyDescribesAnImageLast() throws PullException {
        entry(manifest("sbom", CONFIG, LAYER, ""), "linux/amd64", ",\"artifactType\":\"x/sbom\"")
                .entry(
                        manifest("sbom", CONFIG, LAYER, "\"artifactType\":\"x/sbom\","),
                        "linux/amd64",
                        "")
                .entry(manifest("sbom", "application/x-sbom", LAYER, ""), "linux/amd64", "")
                .entry(manifest("sbom", CONFIG, "application/spdx+json", ""), "linux/amd64", "")
                .entry(manifest("sbom", CONFIG, "application/vnd.in-toto+json", ""), "", "")
                .offer("one", "");

        assertThat(chosen(OLD)).isEqualTo("one");
        entries.removeLast();
        assertThat(chosen(OLD)).isEqualTo("sbom");
    }

    @Test
    void shouldLookIntoTheNextEntryWhereAnIndexInsideHasNothing() throws PullException {
        offer("one", "linux/arm64");
        var inner = "{\"manifests\":[" + entries.getFirst() + "]}";
        documents.put(Digest.of(inner), inner.getBytes(UTF_8));
        entries.clear();

        entry(Digest.of(inner), "", "").offer("two", "");

        assertThat(chosen(OLD)).isEqualTo("two");
    }
}
