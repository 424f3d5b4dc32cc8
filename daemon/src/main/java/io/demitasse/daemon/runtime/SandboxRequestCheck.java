package io.demitasse.daemon.runtime;

import static io.demitasse.daemon.call.RequestException.invalid;

import com.google.protobuf.ProtocolMessageEnum;
import io.demitasse.cri.v1.LinuxPodSandboxConfig;
import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.cri.v1.NamespaceOption;
import io.demitasse.cri.v1.PodSandboxConfig;
import io.demitasse.cri.v1.PodSandboxMetadata;
import io.demitasse.daemon.call.RequestException;

/** Refuses a pod that cannot be meant, or cannot be had yet, before anything is created for it. */
final class SandboxRequestCheck {
    private static final int HOSTNAME_BYTES = 64;

    private SandboxRequestCheck() {}

    static void check(PodSandboxConfig config, String runtimeHandler) throws RequestException {
        if (!runtimeHandler.isEmpty()) {
            throw invalid(
                    "no runtime handler \"%s\" is configured; there is only the default one, \"\"",
                    runtimeHandler);
        }
        metadata(config.getMetadata());
        if (config.getHostname().length() > HOSTNAME_BYTES) {
            throw invalid(
                    "hostname \"%s\" is longer than the kernel's %d bytes",
                    config.getHostname(), HOSTNAME_BYTES);
        }
        if (!config.getLogDirectory().isEmpty() && !config.getLogDirectory().startsWith("/")) {
            throw invalid("log_directory \"%s\" is not absolute", config.getLogDirectory());
        }
        if (config.hasWindows()) {
            throw invalid("windows is set for the pod sandbox, and this node runs Linux");
        }
        PortMappings.of(config);
        linux(config.getLinux());
    }

    private static void metadata(PodSandboxMetadata metadata) throws RequestException {
        if (metadata.getName().isEmpty()) {
            throw invalid("metadata.name of the pod sandbox is empty");
        }
        if (metadata.getNamespace().isEmpty()) {
            throw invalid("metadata.namespace of pod sandbox \"%s\" is empty", metadata.getName());
        }
        if (metadata.getUid().isEmpty()) {
            throw invalid("metadata.uid of pod sandbox \"%s\" is empty", metadata.getName());
        }
    }

    private static void linux(LinuxPodSandboxConfig linux) throws RequestException {
        if (linux.getCgroupParent().contains("..")) {
            throw invalid("cgroup_parent \"%s\" escapes", linux.getCgroupParent());
        }
        if (linux.getCgroupParent().endsWith(".slice")) {
            throw invalid(
                    "cgroup_parent \"%s\" is a systemd slice; set the kubelet's cgroupDriver to"
                            + " cgroupfs",
                    linux.getCgroupParent());
        }
        var security = linux.getSecurityContext();
        known(security.getSupplementalGroupsPolicy(), "supplemental_groups_policy");
        namespaces(security.getNamespaceOptions());
        SelinuxLabels.check(security.getSelinuxOptions());
    }

    static void namespaces(NamespaceOption options) throws RequestException {
        known(options.getNetwork(), "namespace_options.network");
        known(options.getPid(), "namespace_options.pid");
        known(options.getIpc(), "namespace_options.ipc");
        one(options.getNetwork(), "network", NamespaceMode.POD, NamespaceMode.NODE);
        one(options.getIpc(), "ipc", NamespaceMode.POD, NamespaceMode.NODE);
        UserIds.check(options);
    }

    private static void one(NamespaceMode mode, String name, NamespaceMode... allowed)
            throws RequestException {
        for (var candidate : allowed) {
            if (mode == candidate) {
                return;
            }
        }
        throw invalid("namespace_options.%s cannot be %s", name, mode);
    }

    /** An enum value that this version of CRI does not know is refused, never guessed at. */
    static void known(ProtocolMessageEnum value, String field) throws RequestException {
        if ("UNRECOGNIZED".equals(((Enum<?>) value).name())) {
            throw invalid("%s has a value that is not in CRI v1", field);
        }
    }
}
