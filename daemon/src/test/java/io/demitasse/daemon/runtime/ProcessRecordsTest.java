package io.demitasse.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.KeyValue;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.storage.image.ImageConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The table of Kubernetes' documentation: command and args of the request against the image's. */
class ProcessRecordsTest {
    private static final ImageConfig IMAGE =
            new ImageConfig(
                    List.of("/entry"),
                    List.of("image", "arguments"),
                    List.of("PATH=/image/bin", "COLOR=blue"),
                    "/work",
                    "",
                    "");

    @Test
    void shouldCombineCommandAndArgumentsAsKubernetesDefines() throws Exception {
        assertThat(arguments(ContainerConfig.newBuilder()))
                .containsExactly("/entry", "image", "arguments");
        assertThat(arguments(ContainerConfig.newBuilder().addArgs("mine")))
                .containsExactly("/entry", "mine");
        assertThat(arguments(ContainerConfig.newBuilder().addCommand("/own")))
                .containsExactly("/own");
        assertThat(arguments(ContainerConfig.newBuilder().addCommand("/own").addArgs("mine")))
                .containsExactly("/own", "mine");
    }

    @Test
    void shouldLetTheRequestOverrideTheImagesEnvironment() throws Exception {
        var request =
                ContainerConfig.newBuilder()
                        .addEnvs(
                                KeyValue.newBuilder()
                                        .setKey("COLOR")
                                        .setValue(ByteString.copyFromUtf8("red=er")));

        var process = ProcessRecords.of(request.build(), IMAGE, "host").build();

        assertThat(process.getEnvironmentList())
                .extracting(ByteString::toStringUtf8)
                .contains("PATH=/image/bin", "COLOR=red=er", "HOSTNAME=host")
                .doesNotContain("COLOR=blue");
        assertThat(process.getWorkingDirectory()).isEqualTo("/work");
    }

    @Test
    void shouldRefuseWhatCannotBeAnEnvironment() {
        var request = ContainerConfig.newBuilder().addEnvs(KeyValue.newBuilder().setKey("A=B"));

        assertThatExceptionOfType(RequestException.class)
                .isThrownBy(() -> ProcessRecords.of(request.build(), IMAGE, "host"))
                .withMessageContaining("\"A=\"")
                .withMessageNotContaining("B");
    }

    @Test
    void shouldTakeOnlyWhatHasANameFromTheImagesEnvironment() throws Exception {
        var image =
                new ImageConfig(
                        List.of("/entry"),
                        List.of(),
                        List.of("=x", "NONE", "E=", "A=b=c"),
                        "",
                        "",
                        "");

        var process =
                ProcessRecords.of(ContainerConfig.getDefaultInstance(), image, "host").build();

        assertThat(process.getEnvironmentList())
                .extracting(ByteString::toStringUtf8)
                .containsExactly(
                        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                        "HOSTNAME=host",
                        "E=",
                        "A=b=c");
        assertThat(process.getWorkingDirectory()).isEqualTo("/");
    }

    @Test
    void shouldNameTheTerminalWhereThereIsOne() throws Exception {
        var terminal = ContainerConfig.newBuilder().setTty(true).build();

        var process = ProcessRecords.of(terminal, IMAGE, "host").build();

        assertThat(process.getEnvironmentList())
                .extracting(ByteString::toStringUtf8)
                .contains("TERM=xterm");
        assertThat(ProcessRecords.of(ContainerConfig.getDefaultInstance(), IMAGE, "host").build())
                .extracting(record -> record.getEnvironmentList().toString())
                .asString()
                .doesNotContain("TERM");
    }

    @Test
    void shouldRefuseANulInWhateverTheKernelTakes() {
        var requests =
                List.of(
                        ContainerConfig.newBuilder().addCommand("\0"),
                        ContainerConfig.newBuilder().addCommand("a\0"),
                        ContainerConfig.newBuilder().setWorkingDir("\0"),
                        ContainerConfig.newBuilder().setWorkingDir("/\0"),
                        variable("\0A", "x"),
                        variable("=", "x"),
                        variable("", "x"),
                        variable("A", "\0"),
                        variable("A", "x\0"));
        for (var request : requests) {
            assertThatExceptionOfType(RequestException.class)
                    .as(request.toString())
                    .isThrownBy(() -> ProcessRecords.of(request.build(), IMAGE, "host"));
        }
        var image = new ImageConfig(List.of("/entry"), List.of(), List.of("A=\0"), "", "", "");
        assertThatExceptionOfType(RequestException.class)
                .isThrownBy(() ->
                        ProcessRecords.of(ContainerConfig.getDefaultInstance(), image, "host"));
    }

    private static ContainerConfig.Builder variable(String name, String value) {
        return ContainerConfig.newBuilder()
                .addEnvs(
                        KeyValue.newBuilder()
                                .setKey(name)
                                .setValue(ByteString.copyFromUtf8(value)));
    }

    private static List<String> arguments(ContainerConfig.Builder request) throws Exception {
        return ProcessRecords.of(request.build(), IMAGE, "host").getArgumentsList();
    }
}
