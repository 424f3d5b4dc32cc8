package io.demitasse.cri;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DebugFormat;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.demitasse.cri.v1.AuthConfig;
import io.demitasse.cri.v1.VersionRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The compiled protocol is, name by name and number by number, the one that kubelets speak. */
class WireTest {
    private static final FileDescriptor FILE = VersionRequest.getDescriptor().getFile();

    @Test
    void shouldDeclareExactlyWhatTheWireListNames() throws IOException {
        var expected = sections(wireList());

        var compiled = sections(describe(FILE).toList());

        assertThat(compiled).isEqualTo(expected);
    }

    @Test
    void shouldSpeakTheProtocolOfTheList() throws IOException {
        String first = wireList().getFirst();

        assertThat(first)
                .isEqualTo(
                        "package %s   (syntax %s)", FILE.getPackage(), FILE.toProto().getSyntax());
    }

    @Test
    void shouldHideCredentialsWhenPrinted() {
        var credentials =
                AuthConfig.newBuilder()
                        .setUsername("anna")
                        .setPassword("s3cret")
                        .setAuth("s3cret")
                        .setIdentityToken("s3cret")
                        .setRegistryToken("s3cret")
                        .build();

        assertThat(DebugFormat.singleLine().toString(credentials))
                .contains("anna")
                .doesNotContain("s3cret");
    }

    private static List<String> wireList() throws IOException {
        var stream = Objects.requireNonNull(WireTest.class.getResourceAsStream("cri-v1-wire.txt"));
        try (var reader =
                new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            return reader.lines().toList();
        }
    }

    /** By heading, because the list and the descriptor need not agree on an order. */
    private static Map<String, List<String>> sections(List<String> lines) {
        var sections = new TreeMap<String, List<String>>();
        var members = new ArrayList<String>();
        for (String line : lines) {
            if (line.startsWith(" ")) {
                members.add(line.strip());
            } else if (!line.isBlank() && !line.startsWith("package ")) {
                members = new ArrayList<>();
                assertThat(sections.put(line, members)).as("second %s", line).isNull();
            }
        }
        return sections;
    }

    private static Stream<String> describe(FileDescriptor file) {
        return Stream.of(
                        file.getServices().stream().flatMap(WireTest::describe),
                        file.getEnumTypes().stream().flatMap(WireTest::describe),
                        file.getMessageTypes().stream().flatMap(WireTest::describe))
                .flatMap(lines -> lines);
    }

    private static Stream<String> describe(ServiceDescriptor service) {
        return Stream.concat(
                Stream.of("service " + service.getName()),
                service.getMethods().stream().map(WireTest::describe));
    }

    private static String describe(MethodDescriptor method) {
        return "  %s(%s%s) -> %s%s"
                .formatted(
                        method.getName(),
                        method.isClientStreaming() ? "stream " : "",
                        name(method.getInputType().getFullName()),
                        method.isServerStreaming() ? "stream " : "",
                        name(method.getOutputType().getFullName()));
    }

    private static Stream<String> describe(EnumDescriptor type) {
        return Stream.concat(
                Stream.of("enum " + name(type.getFullName())),
                type.getValues().stream()
                        .map(value -> "  %d  %s".formatted(value.getNumber(), value.getName())));
    }

    private static Stream<String> describe(Descriptor message) {
        var nested = message.getNestedTypes().stream();
        return Stream.of(
                        Stream.of("message " + name(message.getFullName())),
                        message.getFields().stream().map(WireTest::describe),
                        message.getEnumTypes().stream().flatMap(WireTest::describe),
                        nested.filter(type -> !type.getOptions().getMapEntry())
                                .flatMap(WireTest::describe))
                .flatMap(lines -> lines);
    }

    private static String describe(FieldDescriptor field) {
        var words = new ArrayList<String>();
        words.add("  " + field.getNumber());
        words.add(field.getName());
        words.add(label(field) + type(field));
        var oneof = field.getRealContainingOneof();
        if (oneof != null) {
            words.add("oneof " + oneof.getName());
        }
        if (field.toProto().getProto3Optional()) {
            words.add("optional");
        }
        if (field.getOptions().getDeprecated()) {
            words.add("deprecated");
        }
        if (field.getOptions().getDebugRedact()) {
            words.add("debug_redact");
        }
        return String.join("  ", words);
    }

    private static String label(FieldDescriptor field) {
        return field.isRepeated() && !field.isMapField() ? "repeated " : "";
    }

    private static String type(FieldDescriptor field) {
        if (field.isMapField()) {
            var entry = field.getMessageType();
            return "map<%s, %s>"
                    .formatted(type(entry.findFieldByNumber(1)), type(entry.findFieldByNumber(2)));
        }
        return switch (field.getJavaType()) {
            case MESSAGE -> field.getMessageType().getName();
            case ENUM -> field.getEnumType().getName();
            case INT, LONG, FLOAT, DOUBLE, BOOLEAN, STRING, BYTE_STRING ->
                    field.getLiteType().name().toLowerCase(Locale.ROOT);
        };
    }

    private static String name(String fullName) {
        return fullName.substring(FILE.getPackage().length() + 1);
    }
}
