package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.VersionRequest;
import io.demitasse.cri.v1.VersionResponse;
import io.demitasse.daemon.call.Handler;

/** Tells the name and version of the runtime. */
public final class Version implements Handler<VersionRequest, VersionResponse> {
    private static final String KUBELET_API_VERSION = "0.1.0";
    private static final String RUNTIME_API_VERSION = "v1";

    private final String version;

    /** Reports this version of the daemon. */
    public Version(String version) {
        this.version = version;
    }

    @Override
    public VersionResponse handle(VersionRequest request) {
        return VersionResponse.newBuilder()
                .setVersion(KUBELET_API_VERSION)
                .setRuntimeName("demitasse")
                .setRuntimeVersion(version)
                .setRuntimeApiVersion(RUNTIME_API_VERSION)
                .build();
    }
}
