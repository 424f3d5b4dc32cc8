package io.demitasse.shim.plan;

import io.demitasse.linux.Fd;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Operations that build what the process sees as its file system. Paths are resolved below its
 * root, and never through a magic link.
 */
public sealed interface FilesystemOperation extends Operation {
    /** Attaches the detached mount of the root file system, and detaches the old root. */
    record Pivot(Fd rootfs) implements FilesystemOperation {
        @Override
        public String describe() {
            return "pivot_root to " + rootfs.description();
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.PIVOT).fd(rootfs);
        }
    }

    /**
     * Mounts a new file system. The target is made if missing. An option with an empty value is a
     * flag. {@code plainTarget} refuses a target that is reached through a symbolic link.
     */
    record MountFilesystem(
            String type,
            String target,
            Map<String, String> options,
            Set<MountFlag> flags,
            boolean plainTarget)
            implements FilesystemOperation {
        public MountFilesystem {
            options = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(options));
            flags = Set.copyOf(flags);
        }

        @Override
        public String describe() {
            var text = new StringBuilder("mount " + type + " " + target);
            if (!flags.isEmpty()) {
                text.append(' ').append(MountFlag.names(flags));
            }
            if (!options.isEmpty()) {
                text.append(' ').append(optionsText());
            }
            return text.toString();
        }

        private String optionsText() {
            return options.entrySet().stream()
                    .map(option ->
                            option.getValue().isEmpty()
                                    ? option.getKey()
                                    : option.getKey() + "=" + option.getValue())
                    .collect(Collectors.joining(","));
        }

        @Override
        public void encode(PlanEncoder encoder) {
            var pairs =
                    options.entrySet().stream()
                            .flatMap(option -> List.of(option.getKey(), option.getValue()).stream())
                            .toList();
            encoder.begin(OperationCode.MOUNT_FILESYSTEM)
                    .text(type)
                    .text(target)
                    .texts(pairs)
                    .number(MountFlag.attributes(flags))
                    .number(plainTarget ? 1 : 0);
        }
    }

    /** Attaches a detached mount of a directory, or of a {@code file}. The target is made. */
    record AttachMount(Fd mount, String target, boolean file) implements FilesystemOperation {
        @Override
        public String describe() {
            return "mount " + target + " (" + mount.description() + ")";
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.ATTACH_MOUNT).fd(mount).text(target).number(file ? 1 : 0);
        }
    }

    /** Makes a directory in the file system that was mounted last. */
    record MakeDirectory(String name, int mode) implements FilesystemOperation {
        @Override
        public String describe() {
            return "mkdir %s %04o".formatted(name, mode);
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.MAKE_DIRECTORY).text(name).number(mode);
        }
    }

    /**
     * Makes a device node in the file system that was mounted last; or, if the name is an absolute
     * path, in the container, with the directories above it.
     */
    record MakeNode(String name, int mode, Device device, int uid, int gid)
            implements FilesystemOperation {
        @Override
        public String describe() {
            return "mknod %s %06o %s %d:%d".formatted(name, mode, device, uid, gid);
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.MAKE_NODE)
                    .text(name)
                    .number(mode)
                    .number(device.encoded())
                    .number(uid)
                    .number(gid);
        }
    }

    /** Makes a symbolic link in the file system that was mounted last. */
    record MakeSymlink(String name, String target) implements FilesystemOperation {
        @Override
        public String describe() {
            return "symlink " + name + " -> " + target;
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.MAKE_SYMLINK).text(name).text(target);
        }
    }

    /** Writes to a file that exists, and that is in procfs if that is claimed. */
    record WriteFile(String path, String contents, boolean procfs) implements FilesystemOperation {
        @Override
        public String describe() {
            return "write " + path + (procfs ? " (procfs)" : "");
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.WRITE_FILE)
                    .text(path)
                    .bytes(contents.getBytes(java.nio.charset.StandardCharsets.UTF_8))
                    .number(procfs ? 1 : 0);
        }
    }

    /** Covers a file with /dev/null or a directory with an empty one. A missing path is fine. */
    record MaskPath(String path) implements FilesystemOperation {
        @Override
        public String describe() {
            return "mask " + path;
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.MASK_PATH).text(path);
        }
    }

    /** Covers a path with a read-only mount of itself. A missing path is fine. */
    record MakeReadOnly(String path) implements FilesystemOperation {
        @Override
        public String describe() {
            return "read-only " + path;
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.READONLY_PATH).text(path);
        }
    }

    /** Makes the root file system itself read-only, not what is mounted below it. */
    record MakeRootReadOnly() implements FilesystemOperation {
        @Override
        public String describe() {
            return "read-only root";
        }

        @Override
        public void encode(PlanEncoder encoder) {
            encoder.begin(OperationCode.READONLY_ROOT);
        }
    }
}
