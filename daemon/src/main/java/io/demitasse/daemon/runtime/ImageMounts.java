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
    void verify(String containerId, ContainerConfig config, Snapshots snapshots)
            throws RequestException, SyscallException {
        if (byTarget.isEmpty()) {
            return;
        }
        for (var mount : config.getMountsList()) {
            if (isImage(mount) && !mount.getImageSubPath().isEmpty()) {
                verify(containerId, mount, snapshots);
            }
        }
    }

    private void verify(String containerId, Mount mount, Snapshots snapshots)
            throws RequestException, SyscallException {
        var image = byTarget.getOrDefault(mount.getContainerPath(), null);
        if (image == null) {
            return;
        }
        try {
            snapshots.mountVolume(containerId, image.id(), mount.getImageSubPath()).close();
        } catch (SyscallException refused) {
            switch (refused.errno()) {
                case Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP, Errno.EINVAL ->
                        throw notFound(
                                "%s: sub path \"%s\" does not exist in image %s of the volume at"
                                        + " %s: %s",
                                REASON,
                                mount.getImageSubPath(),
                                mount.getImage().getImage(),
                                mount.getContainerPath(),
                                String.valueOf(refused.getMessage()));
                default -> throw refused;
            }
        }
    }
}
