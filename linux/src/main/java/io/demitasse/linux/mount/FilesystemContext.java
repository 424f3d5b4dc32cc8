package io.demitasse.linux.mount;

import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * A filesystem being configured, between fsopen(2) and fsmount(2). Confined to one thread.
 *
 * <p>The kernel writes why it refused an option into the context's log; the exception has it as its
 * cause.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/fsopen.2.html">fsopen(2)</a>
 */
public final class FilesystemContext implements AutoCloseable {
    private static final int LOG_LINE_BYTES = 1024;

    private final String type;
    private final Fd fd;
    private final Arena arena;
    private final CallState state;

    /** Starts configuring a filesystem of a type that the kernel knows. */
    public FilesystemContext(String type) throws SyscallException {
        this.type = type;
        fd = open(type); // first what can fail, so that nothing needs undoing
        arena = Arena.ofConfined();
        state = CallState.in(arena);
    }

    private static Fd open(String type) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            int number =
                    SyscallException.check(
                            MountSyscalls.fsopen(
                                    CallState.in(arena),
                                    arena.allocateFrom(type),
                                    MountSyscalls.FSOPEN_CLOEXEC),
                            "fsopen(\"%s\", FSOPEN_CLOEXEC)",
                            type);
            return Fd.owning(number, type + " context");
        }
    }

    /** Sets an option to a value, at most 255 bytes long. */
    public FilesystemContext set(String key, String value) throws SyscallException {
        long result =
                MountSyscalls.fsconfig(
                        state,
                        fd.number(),
                        MountSyscalls.FSCONFIG_SET_STRING,
                        arena.allocateFrom(key),
                        arena.allocateFrom(value),
                        0);
        return explained(
                result,
                "fsconfig(%d, FSCONFIG_SET_STRING, \"%s\", \"%s\", 0)",
                fd.number(),
                key,
                value);
    }

    /** Sets an option that has no value. */
    public FilesystemContext set(String key) throws SyscallException {
        long result =
                MountSyscalls.fsconfig(
                        state,
                        fd.number(),
                        MountSyscalls.FSCONFIG_SET_FLAG,
                        arena.allocateFrom(key),
                        MemorySegment.NULL,
                        0);
        return explained(
                result, "fsconfig(%d, FSCONFIG_SET_FLAG, \"%s\", NULL, 0)", fd.number(), key);
    }

    /** Sets an option to an open file or directory. */
    public FilesystemContext set(String key, Fd value) throws SyscallException {
        long result =
                MountSyscalls.fsconfig(
                        state,
                        fd.number(),
                        MountSyscalls.FSCONFIG_SET_FD,
                        arena.allocateFrom(key),
                        MemorySegment.NULL,
                        value.number());
        return explained(
                result, "fsconfig(%d, FSCONFIG_SET_FD, \"%s\", NULL, %s)", fd.number(), key, value);
    }

    /** Creates the filesystem and a mount of it that is attached nowhere. */
    public DetachedMount mount(Set<MountAttribute> attributes) throws SyscallException {
        long created =
                MountSyscalls.fsconfig(
                        state,
                        fd.number(),
                        MountSyscalls.FSCONFIG_CMD_CREATE,
                        MemorySegment.NULL,
                        MemorySegment.NULL,
                        0);
        explained(created, "fsconfig(%d, FSCONFIG_CMD_CREATE, NULL, NULL, 0)", fd.number());
        long mounted =
                MountSyscalls.fsmount(
                        state,
                        fd.number(),
                        MountSyscalls.FSMOUNT_CLOEXEC,
                        MountAttribute.bits(attributes));
        explained(mounted, "fsmount(%d, FSMOUNT_CLOEXEC, %s)", fd.number(), attributes);
        return DetachedMount.owning(Fd.owning((int) mounted, type + " mount"));
    }

    /**
     * Makes the filesystem itself read-only, after it was mounted: no other mount of it is writable
     * either.
     */
    public FilesystemContext makeReadOnly() throws SyscallException {
        set("ro");
        long result =
                MountSyscalls.fsconfig(
                        state,
                        fd.number(),
                        MountSyscalls.FSCONFIG_CMD_RECONFIGURE,
                        MemorySegment.NULL,
                        MemorySegment.NULL,
                        0);
        return explained(
                result, "fsconfig(%d, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0)", fd.number());
    }

    /** Abandons the configuration, or lets go of it after the mount was made. */
    @Override
    public void close() {
        fd.close();
        arena.close();
    }

    @com.google.errorprone.annotations.FormatMethod
    private FilesystemContext explained(long result, String call, Object... arguments)
            throws SyscallException {
        if (result >= 0) {
            return this;
        }
        var log = log();
        try {
            SyscallException.check(result, call, arguments);
        } catch (SyscallException refused) {
            if (!log.isEmpty()) {
                refused.initCause(new IOException(log));
            }
            throw refused;
        }
        return this;
    }

    /** Each read(2) of the context takes one line of its log: {@code e overlay: …}. */
    private String log() {
        var line = arena.allocate(LOG_LINE_BYTES);
        var log = new StringBuilder();
        long count;
        while ((count = MountSyscalls.read(state, fd.number(), line)) > 0) {
            var bytes = line.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
            log.append(log.isEmpty() ? "" : "; ");
            log.append(new String(bytes, StandardCharsets.UTF_8).strip());
        }
        return log.toString();
    }
}
