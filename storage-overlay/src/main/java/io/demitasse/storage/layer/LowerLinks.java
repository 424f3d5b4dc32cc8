package io.demitasse.storage.layer;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileFd;
import io.demitasse.linux.file.FileStatus;
import io.demitasse.linux.file.FileType;
import io.demitasse.linux.file.OpenHow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Hard links of a layer to files that only the layers below have.
 *
 * <p>Whoever made the archive saw one file with two names. No link leads from one layer to another,
 * so the file is copied up, as overlayfs does it when somebody links in a container. Until the
 * lower layers are there an empty file has the name, which later entries may link to or replace.
 */
final class LowerLinks {
    private static final OpenHow CREATE =
            OpenHow.WRITE.create(0600).exclusive().noFollow().noSymlinks();
    private static final OpenHow FILL = OpenHow.WRITE.noFollow().noSymlinks().sameMount();
    private static final OpenHow READ = OpenHow.READ.noFollow().noSymlinks().sameMount();
    private static final int BUFFER_BYTES = 1 << 17;

    private final Map<LayerPath, List<LayerPath>> names = new LinkedHashMap<>();
    private final PathBudget budget = new PathBudget("hard links to lower layers");
    private final NavigableMap<LayerPath, LayerPath> targets = new TreeMap<>(LayerPath.ORDER);

    boolean isEmpty() {
        return targets.isEmpty();
    }

    /** Refuses an archive that has no layers below it and needs some. */
    void requireNone() throws LayerException {
        for (var each : targets.entrySet()) {
            throw missing(each.getKey(), each.getValue());
        }
    }

    /** Notes a link; a second one to the same target will be a link to the first. */
    void add(LayerPath path, LayerPath target, LayerDirectories directories) throws IOException {
        checkVisible(path, target, directories);
        var known = names.getOrDefault(target, List.of());
        if (target.equals(targets.get(path))) {
            return;
        }
        if (known.isEmpty()) {
            var parent = directories.parentOf(path);
            directories.replacing(path, () -> parent.openFile(path.nameBytes(), CREATE)).close();
        } else {
            var first = known.getFirst();
            try (var from = directories.open(first.parent(), LayerDirectories.NO_SYMLINKS)) {
                var parent = directories.parentOf(path);
                directories.replace(
                        path, () -> from.link(first.nameBytes(), parent, path.nameBytes()));
            }
        }
        names.computeIfAbsent(target, _ -> new ArrayList<>()).add(path);
        targets.put(path, target);
        budget.add(path);
        budget.add(target);
    }

    /** Something else has the name now, or a name above it. */
    void forget(LayerPath path) {
        if (targets.isEmpty()) {
            return;
        }
        var gone = new ArrayList<>(path.below(targets.navigableKeySet()));
        gone.add(path);
        for (var each : gone) {
            var target = targets.remove(each);
            if (target != null) {
                names.computeIfPresent(
                        target,
                        (_, left) -> {
                            left.remove(each);
                            return left.isEmpty() ? null : left;
                        });
            }
        }
    }

    /** What this layer hides of those below cannot be meant. */
    private static void checkVisible(LayerPath path, LayerPath target, LayerDirectories directories)
            throws IOException {
        if (directories.isBelowOpaque(target)) {
            throw missing(path, target);
        }
    }

    static LayerException missing(LayerPath path, LayerPath target) {
        return new LayerException(
                "entry " + path + " is a hard link to " + target + ", which is in no layer");
    }

    /** Puts in the place of each empty file what the layers below have. */
    void resolve(DirectoryFd diff, LayerStack lower) throws IOException {
        for (var each : names.entrySet()) {
            resolve(each.getKey(), each.getValue(), diff, lower);
        }
    }

    private static void resolve(
            LayerPath target, List<LayerPath> paths, DirectoryFd diff, LayerStack lower)
            throws IOException {
        var path = paths.getFirst();
        boolean found =
                lower.visit(
                        target,
                        (parent, status) -> {
                            switch (status.type()) {
                                case REGULAR -> fill(diff, path, parent, target, status);
                                case SYMBOLIC_LINK -> {
                                    var to = parent.readLink(target.nameBytes());
                                    link(diff, paths, to, status);
                                }
                                default -> throw missing(path, target);
                            }
                        });
        if (!found) {
            throw missing(path, target);
        }
    }

    private static void fill(
            DirectoryFd diff,
            LayerPath path,
            DirectoryFd lowerParent,
            LayerPath target,
            FileStatus status)
            throws SyscallException {
        try (var to = diff.openFile(path.openable(), FILL);
                var from = lowerParent.openFile(target.nameBytes(), READ)) {
            copy(from, to);
            // In this order: a change of owner clears capabilities and the setuid bit.
            to.chown(status.uid(), status.gid());
            for (var name : from.attributes().names()) {
                var value = from.attributes().get(name);
                if (LayerUnpacker.maySet(name, FileType.REGULAR) && value.isPresent()) {
                    to.attributes().set(name, value.get());
                }
            }
            to.chmod(status.mode());
            to.setTimes(status.modified());
        }
    }

    private static void copy(FileFd from, FileFd to) throws SyscallException {
        var buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        long at = 0;
        for (var data = from.data(at); data.isPresent(); data = from.data(at)) {
            at = data.get().offset();
            to.seek(at);
            while (at < data.get().end()) {
                buffer.clear().limit((int) Math.min(BUFFER_BYTES, data.get().end() - at));
                int count = from.read(buffer, at);
                if (count < 0) {
                    break;
                }
                at += count;
                to.write(buffer.flip());
            }
        }
        to.truncate(from.status().sizeBytes());
    }

    private static void link(
            DirectoryFd diff, List<LayerPath> names, byte[] target, FileStatus status)
            throws SyscallException {
        for (var path : names) {
            try (var parent =
                    diff.openDirectory(path.parent().openable(), LayerDirectories.NO_SYMLINKS)) {
                var before = parent.status().modified();
                parent.unlink(path.nameBytes());
                parent.makeSymbolicLink(path.nameBytes(), target);
                parent.chown(path.nameBytes(), status.uid(), status.gid());
                parent.setTimes(path.nameBytes(), status.modified());
                parent.setTimes(before);
            }
        }
    }
}
