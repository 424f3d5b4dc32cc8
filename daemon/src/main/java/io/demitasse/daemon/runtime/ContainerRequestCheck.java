package io.demitasse.daemon.runtime;

import static io.demitasse.daemon.call.RequestException.invalid;
import static io.demitasse.daemon.call.RequestException.unimplemented;
import static io.demitasse.daemon.runtime.SandboxRequestCheck.known;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.LinuxContainerSecurityContext;
import io.demitasse.cri.v1.Mount;
import io.demitasse.cri.v1.MountPropagation;
import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.shim.container.ContainerSpec;
import java.nio.file.Path;

/** Refuses a container that cannot be meant, or cannot be had yet, before it is created. */
final class ContainerRequestCheck {
    private ContainerRequestCheck() {}

    static void check(ContainerConfig config, String logDirectory) throws RequestException {
        if (config.getMetadata().getName().isEmpty()) {
            throw invalid("metadata.name of the container is empty");
        }
        var name = config.getMetadata().getName();
        if (config.getImage().getImage().isEmpty()) {
            throw invalid("image of container \"%s\" is empty", name);
        }
        if (!config.getWorkingDir().isEmpty() && !config.getWorkingDir().startsWith("/")) {
            throw invalid("working_dir \"%s\" is not absolute", config.getWorkingDir());
        }
        logPath(config.getLogPath(), logDirectory);
        known(config.getStopSignal(), "stop_signal");
        mounts(config);
        for (var device : config.getDevicesList()) {
            if (!device.getHostPath().startsWith("/")) {
                throw invalid("device host_path \"%s\" is not absolute", device.getHostPath());
            }
            if (!device.getContainerPath().matches("(/(?!\\.\\.?(/|$))[^/]+)+/?")) {
                throw invalid(
                        "device container_path \"%s\" is not an absolute path without . and ..",
                        device.getContainerPath());
            }
            if (!device.getPermissions().matches("[rwm]{1,3}")) {
                throw invalid(
                        "device %s: permissions \"%s\" are not made of r, w and m",
                        device.getHostPath(), device.getPermissions());
            }
        }
        if (config.getCDIDevicesCount() > 0) {
            throw unimplemented("CDI devices are not available yet");
        }
        if (config.hasWindows()) {
            throw invalid("windows is set for container \"%s\", and this node runs Linux", name);
        }
        security(config.getLinux().getSecurityContext());
    }

    private static void logPath(String path, String directory) throws RequestException {
        if (path.isEmpty() || directory.isEmpty()) {
            return;
        }
        if (path.startsWith("/") || !Path.of("/x", path).normalize().startsWith("/x")) {
            throw invalid("log_path \"%s\" escapes from log_directory %s", path, directory);
        }
    }

    private static void mounts(ContainerConfig config) throws RequestException {
        if (config.getMountsCount() > ContainerSpec.MAX_MOUNTS) {
            throw invalid(
                    "container \"%s\" has %d mounts, and at most %d are possible",
                    config.getMetadata().getName(),
                    config.getMountsCount(),
                    ContainerSpec.MAX_MOUNTS);
        }
        for (var mount : config.getMountsList()) {
            mount(mount);
        }
    }

    private static void mount(Mount mount) throws RequestException {
        known(mount.getPropagation(), "mounts.propagation");
        if (!mount.getContainerPath().startsWith("/")) {
            throw invalid("mount container_path \"%s\" is not absolute", mount.getContainerPath());
        }
        if (Path.of(mount.getContainerPath()).normalize().equals(Path.of("/"))) {
            throw invalid("a mount over the container's root was asked for");
        }
        if (ImageMounts.isImage(mount)) {
            ImageMounts.check(mount);
            options(mount);
            return;
        }
        if (!mount.getHostPath().startsWith("/")) {
            throw invalid(
                    "mount host_path \"%s\" of %s is not absolute",
                    mount.getHostPath(), mount.getContainerPath());
        }
        options(mount);
        if (mount.getRecursiveReadOnly() && !mount.getReadonly()) {
            throw invalid(
                    "mount %s is recursive_read_only but not readonly", mount.getContainerPath());
        }
        if (mount.getRecursiveReadOnly()
                && mount.getPropagation() != MountPropagation.PROPAGATION_PRIVATE) {
            // what is mounted on the host later would arrive writable
            throw invalid(
                    "mount %s is recursive_read_only and %s",
                    mount.getContainerPath(), mount.getPropagation());
        }
    }

    private static void options(Mount mount) throws RequestException {
        for (var option : mount.getMountOptionsList()) {
            if (!Volumes.OPTIONS.containsKey(option)) {
                throw invalid(
                        "mount option \"%s\" at %s is not one of %s",
                        option, mount.getContainerPath(), Volumes.OPTIONS.keySet());
            }
        }
    }

    private static void security(LinuxContainerSecurityContext security) throws RequestException {
        SandboxRequestCheck.namespaces(security.getNamespaceOptions());
        known(security.getSupplementalGroupsPolicy(), "supplemental_groups_policy");
        if (security.getNamespaceOptions().getPid() == NamespaceMode.TARGET) {
            throw unimplemented(
                    "the PID namespace of another container is not available yet (target_id %s)",
                    security.getNamespaceOptions().getTargetId());
        }
        if (security.hasRunAsGroup()
                && !security.hasRunAsUser()
                && security.getRunAsUsername().isEmpty()) {
            throw invalid("run_as_group is given without run_as_user or run_as_username");
        }
        SelinuxLabels.check(security.getSelinuxOptions());
        if (!security.getPrivileged()) {
            known(security.getSeccomp().getProfileType(), "seccomp profile_type");
            known(security.getApparmor().getProfileType(), "AppArmor profile_type");
        }
    }
}
