package io.demitasse.daemon.runtime;

import static io.demitasse.daemon.call.RequestException.invalid;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.IDMapping;
import io.demitasse.cri.v1.Mount;
import io.demitasse.cri.v1.MountPropagation;
import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.cri.v1.NamespaceOption;
import io.demitasse.cri.v1.PodSandboxConfig;
import io.demitasse.cri.v1.UserNamespace;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.record.v1.ProcessRecord;
import io.demitasse.linux.namespace.IdMapping;
import io.demitasse.linux.namespace.IdMappings;
import java.util.List;
import java.util.Optional;

/** The ids of a pod's user namespace, as the request has them. */
final class UserIds {
    private UserIds() {}

    /** {@return the ids of a pod that was checked; none if its users are the node's} */
    static Optional<IdMappings> of(PodSandboxConfig config) {
        var options = config.getLinux().getSecurityContext().getNamespaceOptions();
        if (!isAsked(options)) {
            return Optional.empty();
        }
        var user = options.getUsernsOptions();
        return Optional.of(new IdMappings(mapping(user.getUids(0)), mapping(user.getGids(0))));
    }

    /** {@return whether these options ask for a user namespace} */
    static boolean isAsked(NamespaceOption options) {
        return options.hasUsernsOptions()
                && options.getUsernsOptions().getMode() != NamespaceMode.NODE;
    }

    /** Refuses a user namespace that cannot be meant. */
    static void check(NamespaceOption options) throws RequestException {
        if (!isAsked(options)) {
            return;
        }
        var user = options.getUsernsOptions();
        if (user.getMode() != NamespaceMode.POD) {
            throw invalid("userns_options.mode cannot be %s", user.getMode());
        }
        check(user.getUidsList(), "uids");
        check(user.getGidsList(), "gids");
        if (options.getNetwork() == NamespaceMode.NODE
                || options.getPid() == NamespaceMode.NODE
                || options.getIpc() == NamespaceMode.NODE) {
            throw invalid(
                    "a user namespace cannot own the node's network, pid or ipc namespace:"
                            + " namespace_options have NODE among them");
        }
    }

    private static void check(List<IDMapping> mappings, String field) throws RequestException {
        if (mappings.size() != 1) {
            throw invalid(
                    "userns_options.%s has %d mappings; one is needed", field, mappings.size());
        }
        var mapping = mappings.getFirst();
        if (mapping.getContainerId() != 0) {
            throw invalid(
                    "userns_options.%s maps from container_id %s on; it has to begin with 0",
                    field, Integer.toUnsignedString(mapping.getContainerId()));
        }
        if (mapping.getHostId() == 0) {
            throw invalid("userns_options.%s maps 0 to the node's 0", field);
        }
        try {
            mapping(mapping);
        } catch (IllegalArgumentException impossible) {
            throw invalid("userns_options.%s: %s", field, String.valueOf(impossible.getMessage()));
        }
    }

    /** Refuses a container that does not fit into the user namespace of its pod. */
    static void check(PodSandboxConfig pod, ContainerConfig config) throws RequestException {
        var pods = pod.getLinux().getSecurityContext().getNamespaceOptions().getUsernsOptions();
        var options = config.getLinux().getSecurityContext().getNamespaceOptions();
        boolean owned = of(pod).isPresent();
        if (isAsked(options) && !options.getUsernsOptions().equals(pods)) {
            throw invalid(
                    "userns_options of container \"%s\" are not those of its pod",
                    config.getMetadata().getName());
        }
        if (owned && options.getPid() == NamespaceMode.NODE) {
            throw invalid("a pod with a user namespace has no container with the node's pids");
        }
        for (var mount : config.getMountsList()) {
            check(mount, pods, owned);
        }
    }

    private static void check(Mount mount, UserNamespace pods, boolean owned)
            throws RequestException {
        if (isMapped(mount)
                && !(owned
                        && mount.getUidMappingsList().equals(pods.getUidsList())
                        && mount.getGidMappingsList().equals(pods.getGidsList()))) {
            throw invalid(
                    "mount %s has other ids than the user namespace of its pod",
                    mount.getContainerPath());
        }
        if (owned && mount.getPropagation() == MountPropagation.PROPAGATION_BIDIRECTIONAL) {
            // its mounts are copies in a namespace of lesser privilege: the kernel makes them
            // slaves
            throw invalid(
                    "mount %s is %s, and nothing propagates out of a user namespace",
                    mount.getContainerPath(), mount.getPropagation());
        }
    }

    /** {@return whether a mount is to be shown with the ids of the pod's user namespace} */
    static boolean isMapped(Mount mount) {
        return mount.getUidMappingsCount() + mount.getGidMappingsCount() > 0;
    }

    /** Refuses a process as a user or with a group that the pod's user namespace does not have. */
    static void check(PodSandboxConfig pod, ProcessRecord.Builder process) throws RequestException {
        var ids = of(pod);
        if (ids.isEmpty()) {
            return;
        }
        boolean groups =
                ids.get().groups().contains(process.getGid())
                        && process.getSupplementalGroupsList().stream()
                                .allMatch(ids.get().groups()::contains);
        if (!ids.get().users().contains(process.getUid()) || !groups) {
            throw invalid(
                    "uid %s, gid %s or one of groups %s is not among the %d ids of the pod's user"
                            + " namespace",
                    Integer.toUnsignedString(process.getUid()),
                    Integer.toUnsignedString(process.getGid()),
                    process.getSupplementalGroupsList(),
                    ids.get().users().length());
        }
    }

    private static IdMapping mapping(IDMapping mapping) {
        return new IdMapping(
                Integer.toUnsignedLong(mapping.getContainerId()),
                Integer.toUnsignedLong(mapping.getHostId()),
                Integer.toUnsignedLong(mapping.getLength()));
    }
}
