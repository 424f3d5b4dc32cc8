package io.demitasse.daemon.runtime;

import static io.demitasse.daemon.call.RequestException.invalid;
import static io.demitasse.daemon.call.RequestException.notFound;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.Mount;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.storage.image.Image;
import io.demitasse.storage.image.ImageStore;
import io.demitasse.storage.overlay.Snapshots;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The images that a container mounts as volumes, found when it is created and held from then on.
 *
 * @param byTarget by container path, as the request spells it
 */
record ImageMounts(Map<String, Image> byTarget) {
    /** The word by which a kubelet knows why a container could not be created. */
    private static final String REASON = "ImageVolumeMountFailed";

    /** {@return whether a mount is of an image, and not of a host path} */
    static boolean isImage(Mount mount) {
        return mount.hasImage() && !mount.getImage().getImage().isEmpty();
    }

    static void check(Mount mount) throws RequestException {
        if (!mount.getHostPath().isEmpty()) {
            throw invalid(
                    "%s: the mount at %s is of image %s and of host_path %s",
                    REASON,
                    mount.getContainerPath(),
                    mount.getImage().getImage(),
                    mount.getHostPath());
        }
        if (!mount.getReadonly()) {
            throw invalid(
                    "%s: the mount at %s is of image %s, which can only be mounted readonly",
                    REASON, mount.getContainerPath(), mount.getImage().getImage());
        }
    }

    static ImageMounts of(ContainerConfig config, ImageStore images) throws RequestException {
        var found = new LinkedHashMap<String, Image>();
        for (var mount : config.getMountsList()) {
            if (isImage(mount)) {
                var name = mount.getImage().getImage();
                var image = images.find(name);
                if (image.isEmpty()) {
                    throw notFound(
                            "%s: image %s of the volume at %s is not here; pull it first",
                            REASON, name, mount.getContainerPath());
                }
                found.put(mount.getContainerPath(), image.get());
            }
        }
        return new ImageMounts(found);
    }

    /** Tries each of them, so that who asked for the container hears what is wrong with one. */
    void verify(String containerId, ContainerConfig config, Snapshots snapshots, ImageStore images)
            throws RequestException, SyscallException {
        if (byTarget.isEmpty()) {
            return;
        }
        for (var mount : config.getMountsList()) {
            if (isImage(mount) && !mount.getImageSubPath().isEmpty()) {
                verify(containerId, mount, snapshots, images);
            }
        }
    }

    private void verify(String containerId, Mount mount, Snapshots snapshots, ImageStore images)
            throws RequestException, SyscallException {
        var image = byTarget.getOrDefault(mount.getContainerPath(), null);
        if (image == null) {
            return;
        }
        try (var volume = snapshots.mountVolume(containerId, image.id(), mount.getImageSubPath())) {
            if (volume.file() && !images.isArtifact(image)) {
                throw refused(mount, "is no directory of");
            }
        } catch (SyscallException refused) {
            switch (refused.errno()) {
                case Errno.ENOENT, Errno.ELOOP -> throw refused(mount, "does not exist in");
                case Errno.ENOTDIR, Errno.EINVAL -> throw refused(mount, "is no directory of");
                case Errno.EXDEV -> throw refused(mount, "leads out of");
                default -> throw refused;
            }
        }
    }

    private static RequestException refused(Mount mount, String why) {
        return notFound(
                "%s: sub path \"%s\" %s image %s of the volume at %s",
                REASON,
                mount.getImageSubPath(),
                why,
                mount.getImage().getImage(),
                mount.getContainerPath());
    }
}
