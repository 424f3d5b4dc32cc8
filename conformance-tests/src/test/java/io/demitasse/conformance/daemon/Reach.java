package io.demitasse.conformance.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/**
 * What a user can do with paths that root has found: {@code src/test/c/reach.c} tries it.
 *
 * <p>It is told the paths because a directory that cannot be listed may still be passed through.
 */
record Reach(Path program) {
    static Reach build(Path directory) throws IOException, InterruptedException {
        var program = directory.resolve("reach");
        var source = Path.of("src/test/c/reach.c").toAbsolutePath().toString();
        var said =
                RunningDaemon.run(
                        List.of(
                                "musl-gcc",
                                "-static",
                                "-O1",
                                "-Wall",
                                "-Werror",
                                "-D_GNU_SOURCE",
                                "-o",
                                program.toString(),
                                source));
        if (!Files.isExecutable(program)) {
            throw new IOException("cannot compile " + source + ": " + said);
        }
        return new Reach(program);
    }

    /** {@return every path at and below these, links not followed} */
    static List<Path> below(Path... roots) throws IOException {
        var found = new ArrayList<Path>();
        for (var root : roots) {
            Files.walkFileTree(
                    root,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult preVisitDirectory(
                                Path directory, BasicFileAttributes attributes) {
                            found.add(directory);
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult visitFile(
                                Path file, BasicFileAttributes attributes) {
                            found.add(file);
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult visitFileFailed(Path file, IOException gone) {
                            return FileVisitResult.CONTINUE;
                        }
                    });
        }
        return found;
    }

    /** {@return what a user and group of the node, without capabilities, can do: VERB PATH} */
    List<String> as(int uid, int gid, List<Path> paths) throws IOException, InterruptedException {
        return run(
                paths,
                List.of(
                        "setpriv",
                        "--reuid=" + uid,
                        "--regid=" + gid,
                        "--clear-groups",
                        program.toString()));
    }

    /** {@return what root can do} */
    List<String> asRoot(List<Path> paths) throws IOException, InterruptedException {
        return run(paths, List.of(program.toString()));
    }

    static String lines(List<Path> paths) {
        var lines = new StringBuilder();
        paths.forEach(path -> lines.append(path).append('\n'));
        return lines.toString();
    }

    private static List<String> run(List<Path> paths, List<String> command)
            throws IOException, InterruptedException {
        var input = Files.writeString(Files.createTempFile("reach", ".paths"), lines(paths));
        var process =
                new ProcessBuilder(command)
                        .redirectInput(input.toFile())
                        .redirectErrorStream(true)
                        .start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        process.waitFor();
        Files.delete(input);
        return output.lines().toList();
    }
}
