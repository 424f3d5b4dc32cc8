package io.demitasse.linux.mount;

import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.OpenHow;
import java.util.EnumSet;
import java.util.Set;

/**
 * A program that can be executed through its descriptor, and that nobody can change any more.
 *
 * <p>It is the only file of a filesystem that no mount table shows and that is read-only, as its
 * mount is. Whoever reaches it by {@code /proc/PID/exe} changes neither its contents nor its mode,
 * times or attributes: {@code EROFS}. The seals of a memfd leave the latter to its owner, which is
 * root of every container without a user namespace.
 */
public final class ReadOnlyProgram {
    private static final int PERMISSIONS = 0555;

    private ReadOnlyProgram() {}

    /** {@return a descriptor to execute the program by} */
    public static Fd of(String name, byte[] contents) throws SyscallException {
        var attributes = EnumSet.of(MountAttribute.NOSUID, MountAttribute.NODEV);
        try (var context = new FilesystemContext("tmpfs");
                var mount = context.mount(attributes)) {
            var directory = DirectoryFd.owning(mount.fd());
            try (var file = directory.openFile(name, OpenHow.WRITE.create(0).exclusive())) {
                file.write(contents);
                file.chmod(PERMISSIONS); // whatever the umask
            }
            mount.with(Set.of(MountAttribute.RDONLY), false);
            context.makeReadOnly();
            return directory.open(name, OpenHow.PATH);
        }
    }
}
