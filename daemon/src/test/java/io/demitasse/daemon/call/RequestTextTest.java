package io.demitasse.daemon.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import io.demitasse.cri.v1.AuthConfig;
import io.demitasse.cri.v1.CreateContainerRequest;
import io.demitasse.cri.v1.ExecSyncRequest;
import io.demitasse.cri.v1.PullImageRequest;
import io.demitasse.cri.v1.RunPodSandboxRequest;
import io.demitasse.cri.v1.UpdateContainerResourcesRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestTextTest {
    private static final List<Descriptor> REQUESTS =
            List.of(
                    RunPodSandboxRequest.getDescriptor(),
                    CreateContainerRequest.getDescriptor(),
                    UpdateContainerResourcesRequest.getDescriptor(),
                    ExecSyncRequest.getDescriptor(),
                    PullImageRequest.getDescriptor());

    /** A request in which one string, wherever it is, has this value. */
    private record Request(String where, Message message) {}

    private static List<Request> with(String value) {
        var requests = new ArrayList<Request>();
        for (var descriptor : REQUESTS) {
            requests.addAll(with(descriptor, value));
        }
        return requests;
    }

    private static List<Request> with(Descriptor descriptor, String value) {
        var requests = new ArrayList<Request>();
        for (var field : descriptor.getFields()) {
            if (field.getJavaType() == JavaType.STRING) {
                requests.add(request(descriptor, field, field.getName(), value));
            } else if (field.getJavaType() == JavaType.MESSAGE) {
                for (var inner : with(field.getMessageType(), value)) {
                    var where = field.getName() + "." + inner.where();
                    requests.add(request(descriptor, field, where, inner.message()));
                }
            }
        }
        return requests;
    }

    private static Request request(
            Descriptor descriptor, FieldDescriptor field, String where, Object value) {
        var builder = DynamicMessage.newBuilder(descriptor);
        if (field.isRepeated()) {
            builder.addRepeatedField(field, value);
        } else {
            builder.setField(field, value);
        }
        return new Request(where, builder.build());
    }

    private static List<String> taken(String value) {
        return with(value).stream()
                .filter(request -> {
                    try {
                        RequestText.check(request.message());
                        return true;
                    } catch (RequestException refused) {
                        return false;
                    }
                })
                .map(request -> request.where().replaceFirst("^(sandbox_)?config\\.", ""))
                .distinct()
                .toList();
    }

    @Test
    void shouldTakeEveryStringWithoutControlCharacters() {
        assertThat(taken("ordinary, ünd not")).hasSameSizeAs(taken("x")).contains("hostname");
    }

    @Test
    void shouldRefuseNulEverywhere() {
        assertThat(taken("x\0y")).isEmpty();
    }

    @Test
    void shouldTakeLineFeedsOnlyInTextForProgramsAndPeople() {
        assertThat(taken("x\ny"))
                .containsExactlyInAnyOrder(
                        "labels.value",
                        "annotations.value",
                        "linux.sysctls.value",
                        "linux.resources.unified.value",
                        "linux.overhead.unified.value",
                        "image.annotations.value",
                        "mounts.image.annotations.value",
                        "command",
                        "args",
                        "linux.unified.value",
                        "cmd",
                        "auth.username",
                        "auth.password",
                        "auth.auth",
                        "auth.identity_token",
                        "auth.registry_token");
        assertThat(taken("\u007f")).isEqualTo(taken("x\ny"));
    }

    @Test
    void shouldSayWhereAndNotWhat() {
        var auth = AuthConfig.newBuilder().setPassword("secret\0");
        var request = PullImageRequest.newBuilder().setAuth(auth).build();

        assertThatExceptionOfType(RequestException.class)
                .isThrownBy(() -> RequestText.check(request))
                .withMessage("auth.password has the control character U+0000 as its character 7");
        assertThatCode(() -> RequestText.check("no message")).doesNotThrowAnyException();
    }
}
