package io.demitasse.daemon.call;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Set;

/**
 * Refuses strings of requests that could not be meant: those with control characters.
 *
 * <p>Nearly every string of CRI becomes a path, a name, or a line of a file. There a line feed says
 * something else than it seems to, and NUL ends what comes before it. So they are refused in every
 * field, those of a later version of CRI among them, but for the few that are text for a program or
 * for a person; in these, only NUL is.
 */
final class RequestText {
    /** What may have any character but NUL; of a map, its values. */
    private static final Set<String> TEXT =
            Set.of(
                    "runtime.v1.ContainerConfig.command",
                    "runtime.v1.ContainerConfig.args",
                    "runtime.v1.ExecRequest.cmd",
                    "runtime.v1.ExecSyncRequest.cmd",
                    "runtime.v1.PodSandboxConfig.labels",
                    "runtime.v1.PodSandboxConfig.annotations",
                    "runtime.v1.ContainerConfig.labels",
                    "runtime.v1.ContainerConfig.annotations",
                    "runtime.v1.ImageSpec.annotations",
                    "runtime.v1.UpdateContainerResourcesRequest.annotations",
                    // the kernel parses these, as lists of words and of lines
                    "runtime.v1.LinuxPodSandboxConfig.sysctls",
                    "runtime.v1.LinuxContainerResources.unified",
                    // base64 is often followed by a line feed, and a password is whatever it is
                    "runtime.v1.AuthConfig.username",
                    "runtime.v1.AuthConfig.password",
                    "runtime.v1.AuthConfig.auth",
                    "runtime.v1.AuthConfig.identity_token",
                    "runtime.v1.AuthConfig.registry_token");

    private RequestText() {}

    static void check(Object request) throws RequestException {
        if (request instanceof Message message) {
            check(message, "", false);
        }
    }

    private static void check(Message message, String where, boolean text) throws RequestException {
        for (var field : message.getAllFields().entrySet()) {
            var name = where + field.getKey().getName();
            boolean anything = text || TEXT.contains(field.getKey().getFullName());
            if (field.getKey().isMapField()) {
                checkMap((List<?>) field.getValue(), name, anything);
            } else if (field.getValue() instanceof List<?> values) {
                for (var value : values) {
                    checkValue(field.getKey(), value, name, anything);
                }
            } else {
                checkValue(field.getKey(), field.getValue(), name, anything);
            }
        }
    }

    private static void checkMap(List<?> entries, String name, boolean text)
            throws RequestException {
        for (var entry : entries) {
            for (var part : ((Message) entry).getAllFields().entrySet()) {
                boolean isKey = part.getKey().getNumber() == 1;
                checkValue(part.getKey(), part.getValue(), name, text && !isKey);
            }
        }
    }

    private static void checkValue(FieldDescriptor field, Object value, String name, boolean text)
            throws RequestException {
        if (field.getJavaType() == JavaType.MESSAGE) {
            check((Message) value, name + ".", text);
        } else if (value instanceof String string) {
            checkString(string, name, text);
        }
    }

    /** The value is not repeated: it may be a secret. */
    private static void checkString(String value, String name, boolean text)
            throws RequestException {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == 0 || (!text && Character.isISOControl(c))) {
                throw RequestException.invalid(
                        "%s has the control character U+%04X as its character %d",
                        name, (int) c, i + 1);
            }
        }
    }
}
