package io.demitasse.perf;

import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.NamespaceMode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodTemplateTest {
    @Test
    void shouldMakeTheLogDirectoryThatItNames(@TempDir Path logs) throws IOException {
        var template = template(Network.POD, logs);

        var pod = template.pod(17);

        assertThat(Path.of(pod.getLogDirectory()))
                .isEqualTo(logs.resolve("perf_pod-17_4711-17"))
                .isDirectory();
        assertThat(Path.of(pod.getLogDirectory()).resolve("sleep")).isDirectory();
    }

    @Test
    void shouldShareTheNetworkOfTheMachineWithoutAHostname(@TempDir Path logs) throws IOException {
        var template = template(Network.HOST, logs);

        var pod = template.pod(0);

        assertThat(pod.getHostname()).isEmpty();
        var options = pod.getLinux().getSecurityContext().getNamespaceOptions();
        assertThat(options.getNetwork()).isEqualTo(NamespaceMode.NODE);
        assertThat(options.getPid()).isEqualTo(NamespaceMode.CONTAINER);
    }

    private static PodTemplate template(Network network, Path logs) {
        return new PodTemplate(4711, ImageSpec.getDefaultInstance(), network, "", logs);
    }
}
