package io.demitasse.linux.abi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.Errno;
import io.demitasse.linux.ffm.SystemCall;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Asks the C compiler about every struct, constant and number that the raw layer declares. */
class AbiTest {
    /** Classes with structs of libraries. */
    private static final List<String> LIBRARIES =
            List.of(
                    "io.demitasse.linux.compression.IsalCalls",
                    "io.demitasse.linux.compression.ZstdCalls");

    @TempDir static Path directory;

    @BeforeAll
    static void needCompiler() {
        assumeTrue(CompiledProgram.compiler().isPresent(), "needs a C compiler: cc, gcc or clang");
    }

    @TestFactory
    Stream<DynamicContainer> shouldAgreeWithTheHeaders() throws Exception {
        var raw = new ArrayList<Class<?>>(rawClasses());
        raw.add(Errno.class);
        raw.add(SystemCall.class);
        for (var library : LIBRARIES) {
            raw.add(Class.forName(library));
        }
        return raw.stream().map(AbiTest::container);
    }

    /** Of that struct, only the members that we know have offsets; the library writes all of it. */
    @Test
    void shouldGiveIsalAsMuchMemoryAsItsStateIs() throws Exception {
        var raw = Class.forName(LIBRARIES.getFirst());
        var missing = Headers.missing(raw);
        assumeTrue(missing.isEmpty(), () -> "install " + missing.get());
        var size = "sizeof(struct inflate_state)";
        var inC = new CompiledProgram(directory, Headers.prelude(raw)).values(List.of(size));

        var field = raw.getDeclaredField("STATE_BYTES");
        field.setAccessible(true);
        assertThat((long) field.get(null)).isGreaterThanOrEqualTo(inC.get(size));
    }

    private static DynamicContainer container(Class<?> raw) {
        var expected = expectedValues(raw);
        var inC = new TreeMap<String, Long>();
        var compile =
                DynamicTest.dynamicTest(
                        "compiles",
                        () -> {
                            var missing = Headers.missing(raw);
                            assumeTrue(missing.isEmpty(), () -> "install " + missing.get());
                            inC.putAll(
                                    new CompiledProgram(directory, Headers.prelude(raw))
                                            .values(List.copyOf(expected.keySet())));
                        });
        var values =
                expected.entrySet().stream()
                        .map(entry ->
                                DynamicTest.dynamicTest(
                                        entry.getKey(),
                                        () -> compare(entry.getKey(), entry.getValue(), inC)));
        return DynamicContainer.dynamicContainer(
                raw.getSimpleName(), Stream.concat(Stream.of(compile), values));
    }

    private static void compare(String expression, Number expected, Map<String, Long> inC) {
        assumeTrue(!inC.isEmpty(), "needs the headers");
        if (!inC.containsKey(expression)) {
            assertThat(Headers.mayBeMissing(expression))
                    .as(
                            "%s is not in this machine's headers, and is not known to be new",
                            expression)
                    .isTrue();
            assumeTrue(false, expression + " is newer than this machine's headers");
        }
        long value = inC.getOrDefault(expression, 0L);
        // C has some of them unsigned: what counts are the bits that fit the Java type
        assertThat(expected.longValue())
                .as("%s in Java, compared with C", expression)
                .isEqualTo(expected instanceof Integer ? (int) value : value);
    }

    private static Map<String, Number> expectedValues(Class<?> raw) {
        var expected = new TreeMap<String, Number>();
        for (var field : raw.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers())) {
                add(raw, field, expected);
            }
        }
        return expected;
    }

    private static void add(Class<?> raw, Field field, Map<String, Number> expected) {
        try {
            field.setAccessible(true);
            var name = field.getName();
            switch (field.get(null)) {
                case StructLayout layout -> addStruct(name, layout, expected);
                case Number number when !Headers.isOurs(name) ->
                        expected.put(
                                raw == SystemCall.class
                                        ? "__NR_" + name.toLowerCase(Locale.ROOT)
                                        : name,
                                number instanceof Short || number instanceof Byte
                                        ? Integer.valueOf(number.intValue())
                                        : number);
                case null, default -> {}
            }
        } catch (IllegalAccessException refused) {
            throw new AssertionError(refused);
        }
    }

    private static void addStruct(String name, StructLayout layout, Map<String, Number> expected) {
        var struct = Headers.struct(name);
        if (Headers.isWhole(name)) {
            expected.put("sizeof(" + struct + ")", layout.byteSize());
        }
        layout.memberLayouts().stream()
                .flatMap(member -> member.name().stream())
                .forEach(member -> {
                    var path = PathElement.groupElement(member);
                    expected.put(
                            "offsetof(" + struct + ", " + member + ")", layout.byteOffset(path));
                    expected.put(
                            "sizeof(((" + struct + " *)0)->" + member + ")",
                            layout.select(path).byteSize());
                });
    }

    private static List<Class<?>> rawClasses() throws Exception {
        var classes =
                Path.of(Errno.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        assumeTrue(Files.isDirectory(classes), "needs a directory of classes, not a jar");
        try (var files = Files.walk(classes)) {
            var found = new ArrayList<Class<?>>();
            for (var file :
                    files.filter(path -> path.toString().endsWith("Syscalls.class")).toList()) {
                var name = classes.relativize(file).toString().replace('/', '.');
                found.add(Class.forName(name.substring(0, name.length() - ".class".length())));
            }
            assertThat(found).hasSizeGreaterThan(5);
            return found;
        }
    }
}
