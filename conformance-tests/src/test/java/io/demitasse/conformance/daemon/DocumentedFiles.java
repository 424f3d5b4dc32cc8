package io.demitasse.conformance.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The table of paths, modes and owners in {@code docs/on-disk.md}. */
final class DocumentedFiles {
    private static final Path DOCUMENT = Path.of("../docs/on-disk.md");
    private static final Pattern ROW =
            Pattern.compile("\\| (`(?:ROOT|STATE)[^|]*)\\|([^|]*)\\|([^|]*)\\|.*");
    private static final Pattern PATH = Pattern.compile("`([^`]*)`");
    private static final Pattern PLACEHOLDER = Pattern.compile("[A-Z][A-Z-]*");
    private static final String ANYTHING_BELOW = "/…";

    /** Whoever has a file: the root of a pod is not the node's in a user namespace. */
    private static final int ROOT = 0;

    /** A path of the table; what is below an open one is the image's or the container's affair. */
    private record Row(String path, Pattern pattern, String mode, String owner) {
        boolean allows(Path file) throws IOException {
            var owned = owner.equals("the pod's root") || uid(file) == ROOT;
            return mode.isEmpty() || (mode.equals(DocumentedFiles.mode(file)) && owned);
        }
    }

    private final List<Row> rows;

    private DocumentedFiles(List<Row> rows) {
        this.rows = rows;
    }

    static DocumentedFiles read() throws IOException {
        var rows = new ArrayList<Row>();
        for (var line : Files.readAllLines(DOCUMENT)) {
            var row = ROW.matcher(line);
            if (row.matches()) {
                PATH.matcher(row.group(1))
                        .results()
                        .map(path -> path.group(1))
                        .forEach(path ->
                                rows.add(
                                        new Row(
                                                path,
                                                pattern(path),
                                                row.group(2).strip(),
                                                row.group(3).strip())));
            }
        }
        return new DocumentedFiles(rows);
    }

    private static Pattern pattern(String path) {
        var open = path.endsWith(ANYTHING_BELOW);
        var names = open ? path.substring(0, path.length() - ANYTHING_BELOW.length()) : path;
        var regex =
                Arrays.stream(names.split("/"))
                        .map(name ->
                                name.equals("ROOT") || name.equals("STATE") ? name : part(name))
                        .collect(Collectors.joining("/"));
        return Pattern.compile(regex + (open ? "/.*" : ""));
    }

    /** {@code HEX.json}: what is in capital letters stands for some name. */
    private static String part(String name) {
        var regex = new StringBuilder();
        int end = 0;
        for (var found : PLACEHOLDER.matcher(name).results().toList()) {
            regex.append(Pattern.quote(name.substring(end, found.start()))).append("[^/]+");
            end = found.end();
        }
        return regex.append(Pattern.quote(name.substring(end))).toString();
    }

    /** {@return the files that the table does not have, or has with another mode or owner} */
    List<String> violations(String name, Path root, List<Path> files) throws IOException {
        var wrong = new ArrayList<String>();
        for (var file : files) {
            var relative = name(name, root, file);
            boolean allowed = false;
            for (var row : rows) {
                allowed |= row.pattern().matcher(relative).matches() && row.allows(file);
            }
            if (!allowed) {
                wrong.add(relative + " has mode " + mode(file) + " and owner " + uid(file));
            }
        }
        return wrong;
    }

    /** {@return the paths of the table that none of these files is an example of} */
    List<String> unused(String name, Path root, List<Path> files) {
        return rows.stream()
                .filter(row -> row.path().startsWith(name))
                .filter(row ->
                        files.stream()
                                .noneMatch(file ->
                                        row.pattern().matcher(name(name, root, file)).matches()))
                .map(Row::path)
                .toList();
    }

    private static String name(String name, Path root, Path file) {
        return file.equals(root) ? name : name + "/" + root.relativize(file);
    }

    private static String mode(Path file) throws IOException {
        int mode = (int) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        return String.format("%04o", mode & 07777);
    }

    private static int uid(Path file) throws IOException {
        return (int) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    }
}
