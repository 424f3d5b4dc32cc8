package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.CgroupDriver;
import io.demitasse.cri.v1.LinuxRuntimeConfiguration;
import io.demitasse.cri.v1.RuntimeConfigRequest;
import io.demitasse.cri.v1.RuntimeConfigResponse;
import io.demitasse.daemon.call.Handler;

/** Tells the kubelet which cgroup driver to use: cgroupfs, because we write to cgroupfs. */
public final class RuntimeConfig implements Handler<RuntimeConfigRequest, RuntimeConfigResponse> {
    @Override
    public RuntimeConfigResponse handle(RuntimeConfigRequest request) {
        return RuntimeConfigResponse.newBuilder()
                .setLinux(
                        LinuxRuntimeConfiguration.newBuilder()
                                .setCgroupDriver(CgroupDriver.CGROUPFS))
                .build();
    }
}
