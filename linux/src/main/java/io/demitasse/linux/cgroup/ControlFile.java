package io.demitasse.linux.cgroup;

import static io.demitasse.linux.SyscallException.check;
import static io.demitasse.linux.cgroup.CgroupSyscalls.OPEN_HOW;
import static io.demitasse.linux.cgroup.CgroupSyscalls.O_CLOEXEC;
import static io.demitasse.linux.cgroup.CgroupSyscalls.O_RDONLY;
import static io.demitasse.linux.cgroup.CgroupSyscalls.O_WRONLY;
import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/** Opens, reads and writes the files of a cgroup's directory, with errors as strace(1) has them. */
final class ControlFile {
    private static final int READ_BYTES = 4096;
    private static final VarHandle FLAGS = OPEN_HOW.varHandle(groupElement("flags"));

    private ControlFile() {}

    static Fd openDirectory(Path path) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            int fd =
                    check(
                            open(
                                    arena,
                                    CgroupSyscalls.AT_FDCWD,
                                    path.toString(),
                                    O_RDONLY | CgroupSyscalls.O_DIRECTORY),
                            "openat2(AT_FDCWD, \"%s\", O_RDONLY|O_DIRECTORY|O_CLOEXEC)",
                            path);
            return Fd.owning(fd, "cgroup " + path);
        }
    }

    static Fd openForReading(Fd directory, String name) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            int fd =
                    check(
                            open(arena, directory.number(), name, O_RDONLY),
                            "openat2(%d<%s>, \"%s\", O_RDONLY|O_CLOEXEC)",
                            directory.number(),
                            directory.description(),
                            name);
            return Fd.owning(fd, directory.description() + "/" + name);
        }
    }

    static String read(Fd directory, String name) throws SyscallException {
        try (var file = openForReading(directory, name)) {
            return readFromStart(file);
        }
    }

    /** Reads the file as it is now: a read at offset 0 makes the kernel print it anew. */
    static String readFromStart(Fd file) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            var buffer = arena.allocate(READ_BYTES);
            var content = new ByteArrayOutputStream();
            while (true) {
                int count =
                        check(
                                CgroupSyscalls.pread64(
                                        state, file.number(), buffer, content.size()),
                                "pread64(%s, %d, %d)",
                                file,
                                buffer.byteSize(),
                                content.size());
                if (count == 0) {
                    return content.toString(UTF_8);
                }
                content.writeBytes(buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE));
            }
        }
    }

    static void write(Fd directory, String name, String value) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            int number =
                    check(
                            open(arena, directory.number(), name, O_WRONLY),
                            "openat2(%d<%s>, \"%s\", O_WRONLY|O_CLOEXEC)",
                            directory.number(),
                            directory.description(),
                            name);
            var bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, value.getBytes(UTF_8));
            try (var file = Fd.owning(number, directory.description() + "/" + name)) {
                check(
                        CgroupSyscalls.write(CallState.in(arena), file.number(), bytes),
                        "write(%d<%s>, \"%s\", %d)",
                        file.number(),
                        file.description(),
                        value,
                        bytes.byteSize());
            }
        }
    }

    private static int open(Arena arena, int directory, String path, long flags) {
        MemorySegment how = arena.allocate(OPEN_HOW);
        FLAGS.set(how, 0L, flags | O_CLOEXEC);
        return CgroupSyscalls.openat2(
                CallState.in(arena), directory, arena.allocateFrom(path), how);
    }
}
