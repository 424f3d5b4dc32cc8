package io.demitasse.linux.mount;

import io.demitasse.linux.file.FileFd;
import io.demitasse.linux.file.OpenHow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The mount that a path is on, and whether mount events travel from it and to it.
 *
 * @param point where it is mounted, with the kernel's escapes
 * @see <a
 *     href="https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html">proc_pid_mountinfo(5)</a>
 */
public record MountInfo(String point, boolean isShared, boolean isSlave) {
    private static final Path PROCESS = Path.of("/proc/self");
    private static final String ID = "mnt_id:";
    private static final int POINT = 4;
    private static final int OPTIONAL = 6;

    /** Reads all mounts of the node: not for what happens often. */
    public static MountInfo of(Path path) throws IOException {
        try (var file = FileFd.open(path, OpenHow.PATH);
                var mounts = Files.lines(PROCESS.resolve("mountinfo"))) {
            var id = id(file);
            return mounts.map(line -> List.of(line.split(" ", -1)))
                    .filter(fields -> fields.getFirst().equals(id))
                    .findFirst()
                    .map(MountInfo::of)
                    .orElseThrow(
                            () -> new IOException("no mount has the id " + id + " of " + path));
        }
    }

    private static String id(FileFd file) throws IOException {
        var fdinfo = PROCESS.resolve("fdinfo").resolve(Integer.toString(file.fd().number()));
        return Files.readAllLines(fdinfo).stream()
                .filter(line -> line.startsWith(ID))
                .findFirst()
                .orElseThrow(() -> new IOException(fdinfo + " has no " + ID))
                .substring(ID.length())
                .strip();
    }

    private static MountInfo of(List<String> fields) {
        var tags = fields.subList(OPTIONAL, fields.indexOf("-"));
        return new MountInfo(fields.get(POINT), has(tags, "shared:"), has(tags, "master:"));
    }

    private static boolean has(List<String> tags, String kind) {
        return tags.stream().anyMatch(tag -> tag.startsWith(kind));
    }
}
