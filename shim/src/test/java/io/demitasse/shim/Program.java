package io.demitasse.shim;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A program that the C build left in target/. */
public final class Program {
    private Program() {}

    /** {@return where it is} */
    public static Path path(String name) {
        return Path.of("target", name).toAbsolutePath();
    }

    /** Runs it. {@return its exit code and all it wrote} */
    public static Output run(List<String> command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Output(process.waitFor(), text);
    }

    /** What became of a program. */
    public record Output(int exitCode, String text) {}
}
