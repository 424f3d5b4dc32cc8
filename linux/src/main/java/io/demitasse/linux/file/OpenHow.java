package io.demitasse.linux.file;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How to open a file beneath a directory. Close-on-exec always; unless {@link #inRoot} is asked
 * for, a path that leads out of the directory is refused with {@code EXDEV}.
 *
 * {@snippet :
 * try (var passwd = layer.openFile("etc/passwd", OpenHow.READ.inRoot())) { … }
 * }
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/openat2.2.html">openat2(2)</a>
 */
public record OpenHow(long flags, int mode, long resolve) {
    /** For reading. */
    public static final OpenHow READ = beneath(FileSyscalls.O_RDONLY);

    /** For writing; the file must exist unless {@link #create} is added. */
    public static final OpenHow WRITE = beneath(FileSyscalls.O_WRONLY);

    /** For reading and writing. */
    public static final OpenHow READ_WRITE = beneath(FileSyscalls.O_RDWR);

    /** As a mere reference: for {@code *at} calls and mounts, not for contents. */
    public static final OpenHow PATH = beneath(FileSyscalls.O_PATH);

    private static final Map<Long, String> FLAG_NAMES = flagNames();
    private static final Map<Long, String> RESOLVE_NAMES = resolveNames();

    private static OpenHow beneath(long flags) {
        return new OpenHow(
                flags | FileSyscalls.O_CLOEXEC,
                0,
                FileSyscalls.RESOLVE_BENEATH | FileSyscalls.RESOLVE_NO_MAGICLINKS);
    }

    /** Creates the file if it does not exist, with these permissions less the umask. */
    public OpenHow create(int permissions) {
        return new OpenHow(flags | FileSyscalls.O_CREAT, permissions, resolve);
    }

    /** With {@link #create}: the file must not exist. */
    public OpenHow exclusive() {
        return with(FileSyscalls.O_EXCL);
    }

    /** Empties the file. */
    public OpenHow truncate() {
        return with(FileSyscalls.O_TRUNC);
    }

    /** Every write goes to the end. */
    public OpenHow append() {
        return with(FileSyscalls.O_APPEND);
    }

    /** Does not wait: for FIFOs and devices, whose open(2) may block. */
    public OpenHow nonBlocking() {
        return with(FileSyscalls.O_NONBLOCK | FileSyscalls.O_NOCTTY);
    }

    /** The last component must be a directory. */
    public OpenHow directory() {
        return with(FileSyscalls.O_DIRECTORY);
    }

    /** The last component is not followed if it is a symbolic link. */
    public OpenHow noFollow() {
        return with(FileSyscalls.O_NOFOLLOW);
    }

    /** No component at all may be a symbolic link. */
    public OpenHow noSymlinks() {
        return new OpenHow(flags, mode, resolve | FileSyscalls.RESOLVE_NO_SYMLINKS);
    }

    /** The path may not cross into another mount. */
    public OpenHow sameMount() {
        return new OpenHow(flags, mode, resolve | FileSyscalls.RESOLVE_NO_XDEV);
    }

    /** The directory acts as {@code /}: absolute links and {@code ..} stay inside it. */
    public OpenHow inRoot() {
        return new OpenHow(
                flags,
                mode,
                (resolve & ~FileSyscalls.RESOLVE_BENEATH) | FileSyscalls.RESOLVE_IN_ROOT);
    }

    /** The same way, to what is there and not to its contents. */
    OpenHow reference() {
        return new OpenHow(FileSyscalls.O_PATH | FileSyscalls.O_CLOEXEC, 0, resolve);
    }

    /** For paths of the host that an administrator chose: resolved as usual. */
    OpenHow anywhere() {
        return new OpenHow(flags, mode, 0);
    }

    private OpenHow with(long more) {
        return new OpenHow(flags | more, mode, resolve);
    }

    /** {@return the structure as strace(1) prints it} */
    @Override
    public String toString() {
        var access = (flags & FileSyscalls.O_RDWR) != 0 ? "O_RDWR" : "O_RDONLY";
        var text = (flags & FileSyscalls.O_WRONLY) != 0 ? "O_WRONLY" : access;
        return "{flags=%s%s, mode=%s, resolve=%s}"
                .formatted(
                        text,
                        names("|", flags, FLAG_NAMES),
                        mode == 0 ? "0" : "0" + Integer.toOctalString(mode),
                        resolve == 0 ? "0" : names("", resolve, RESOLVE_NAMES));
    }

    private static String names(String prefix, long bits, Map<Long, String> names) {
        var set = new ArrayList<String>();
        names.forEach((bit, name) -> {
            if ((bits & bit) != 0) {
                set.add(name);
            }
        });
        return prefix + String.join("|", set);
    }

    private static Map<Long, String> flagNames() {
        var names = new LinkedHashMap<Long, String>();
        names.put(FileSyscalls.O_CREAT, "O_CREAT");
        names.put(FileSyscalls.O_EXCL, "O_EXCL");
        names.put(FileSyscalls.O_TRUNC, "O_TRUNC");
        names.put(FileSyscalls.O_APPEND, "O_APPEND");
        names.put(FileSyscalls.O_NONBLOCK, "O_NONBLOCK");
        names.put(FileSyscalls.O_DIRECTORY, "O_DIRECTORY");
        names.put(FileSyscalls.O_NOFOLLOW, "O_NOFOLLOW");
        names.put(FileSyscalls.O_PATH, "O_PATH");
        names.put(FileSyscalls.O_CLOEXEC, "O_CLOEXEC");
        return names;
    }

    private static Map<Long, String> resolveNames() {
        var names = new LinkedHashMap<Long, String>();
        names.put(FileSyscalls.RESOLVE_NO_XDEV, "RESOLVE_NO_XDEV");
        names.put(FileSyscalls.RESOLVE_NO_MAGICLINKS, "RESOLVE_NO_MAGICLINKS");
        names.put(FileSyscalls.RESOLVE_NO_SYMLINKS, "RESOLVE_NO_SYMLINKS");
        names.put(FileSyscalls.RESOLVE_BENEATH, "RESOLVE_BENEATH");
        names.put(FileSyscalls.RESOLVE_IN_ROOT, "RESOLVE_IN_ROOT");
        return names;
    }
}
