package io.demitasse.daemon.runtime;

import io.demitasse.daemon.record.v1.SandboxRecord;
import java.nio.file.Path;

/**
 * Where in the cgroup hierarchy everything lives.
 *
 * <pre>
 * CGROUP-ROOT/
 * ├── demitasse/                        pods whose request named no cgroup_parent
 * │   ├── shims/                        the spawner and all shims
 * │   └── SANDBOX/
 * │       ├── SANDBOX/                  the pod's own init, if its PID namespace is shared
 * │       └── CONTAINER/
 * └── kubepods/burstable/podUID/        a cgroup_parent: made and removed by the kubelet
 *     ├── SANDBOX/
 *     └── CONTAINER/
 * </pre>
 */
public record CgroupPlacement(Path root) {
    private static final String OURS = "demitasse";

    /** {@return the cgroup of the spawner and the shims} */
    public Path shims() {
        return root.resolve(OURS).resolve("shims");
    }

    /** {@return the cgroup below which all of a pod's cgroups are} */
    public Path pod(SandboxRecord sandbox) {
        var parent = parent(sandbox);
        return parent.isEmpty()
                ? root.resolve(OURS).resolve(sandbox.getId())
                : root.resolve(parent.replaceFirst("^/+", ""));
    }

    /** {@return whether the pod's cgroup is ours to remove} */
    public boolean isOurs(SandboxRecord sandbox) {
        return parent(sandbox).isEmpty();
    }

    /** {@return the cgroup of the pod's own init} */
    public Path infra(SandboxRecord sandbox) {
        return pod(sandbox).resolve(sandbox.getId());
    }

    /** {@return the cgroup of a container} */
    public Path container(SandboxRecord sandbox, String containerId) {
        return pod(sandbox).resolve(containerId);
    }

    /** {@return the cgroup of pods without a cgroup_parent, one entry each} */
    public Path own() {
        return root.resolve(OURS);
    }

    private static String parent(SandboxRecord sandbox) {
        return sandbox.getConfig().getLinux().getCgroupParent();
    }
}
