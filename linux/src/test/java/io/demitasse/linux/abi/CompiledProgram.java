package io.demitasse.linux.abi;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Asks the C compiler of this machine for the values of expressions. */
final class CompiledProgram {
    private static final Pattern UNDECLARED =
            Pattern.compile("['\u2018](\\w+)['\u2019] undeclared|no member named ['\u2018](\\w+)");

    private final Path directory;
    private final String prelude;

    CompiledProgram(Path directory, String prelude) {
        this.directory = directory;
        this.prelude = prelude;
    }

    static Optional<String> compiler() {
        for (var candidate : List.of("cc", "gcc", "clang")) {
            for (var path : System.getenv("PATH").split(":", -1)) {
                if (Files.isExecutable(Path.of(path, candidate))) {
                    return Optional.of(candidate);
                }
            }
        }
        return Optional.empty();
    }

    /** {@return the values of the expressions; what this machine's headers lack has none} */
    Map<String, Long> values(List<String> expressions) throws Exception {
        var left = new LinkedHashSet<>(expressions);
        while (true) {
            var errors = compile(left);
            if (errors.isEmpty()) {
                return run();
            }
            var undeclared = undeclared(errors);
            if (!left.removeIf(expression -> mentions(expression, undeclared))) {
                throw new AssertionError("cannot compile:\n" + errors);
            }
        }
    }

    private String compile(Set<String> expressions) throws Exception {
        var text = new StringBuilder(prelude).append("int main(void) {\n");
        for (var expression : expressions) {
            text.append(
                    "    printf(\"%s=%%lld\\n\", (long long)(%s));\n"
                            .formatted(expression, expression));
        }
        var source = directory.resolve("program.c");
        Files.writeString(source, text.append("    return 0;\n}\n"));
        var command = new ArrayList<>(List.of(compiler().orElseThrow(), "-fmax-errors=0"));
        command.addAll(List.of("-o", program().toString(), source.toString()));
        var result = result(command);
        return result.code() == 0 ? "" : result.output();
    }

    private Map<String, Long> run() throws Exception {
        var values = new HashMap<String, Long>();
        for (var line : result(List.of(program().toString())).output().split("\n", -1)) {
            int equals = line.lastIndexOf('=');
            if (equals > 0) {
                values.put(line.substring(0, equals), Long.valueOf(line.substring(equals + 1)));
            }
        }
        return values;
    }

    private Path program() {
        return directory.resolve("program");
    }

    private static Set<String> undeclared(String errors) {
        var names = new LinkedHashSet<String>();
        UNDECLARED
                .matcher(errors)
                .results()
                .forEach(match ->
                        names.add(match.group(1) != null ? match.group(1) : match.group(2)));
        return names;
    }

    private static boolean mentions(String expression, Set<String> names) {
        return names.stream()
                .anyMatch(name -> Pattern.compile("\\b" + name + "\\b").matcher(expression).find());
    }

    private static Result result(List<String> command) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C.UTF-8");
        var process = builder.start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Result(process.waitFor(), output);
    }

    private record Result(int code, String output) {}
}
