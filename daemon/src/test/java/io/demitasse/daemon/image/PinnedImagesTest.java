package io.demitasse.daemon.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.storage.image.Image;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PinnedImagesTest {
    private static Image image(String tag) {
        return new Image("sha256:0", List.of(tag), List.of(), 1, "", List.of());
    }

    @ParameterizedTest
    @CsvSource({
        "registry.k8s.io/pause:3.9, registry.k8s.io/pause:3.9, true",
        "registry.k8s.io/pause:3.9, registry.k8s.io/pause:3.10, false",
        "registry.k8s.io/pause:3.9, registryXk8s.io/pause:3.9, false",
        "registry.k8s.io/pause:*, registry.k8s.io/pause:3.10, true",
        "registry.k8s.io/*, registry.k8s.io/pause:3.10, true",
        "registry.k8s.io/*, docker.io/registry.k8s.io/pause:3.10, false",
        "*, docker.io/library/busybox:latest, true",
        "busybox, docker.io/library/busybox:latest, true",
        "sha256:0, docker.io/library/busybox:latest, true",
    })
    void shouldTakeNamesAndStars(String pattern, String tag, boolean pinned) {
        assertThat(new PinnedImages(List.of(pattern)).contains(image(tag))).isEqualTo(pinned);
    }
}
