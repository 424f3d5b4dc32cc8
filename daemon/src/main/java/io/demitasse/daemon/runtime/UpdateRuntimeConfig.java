package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.UpdateRuntimeConfigRequest;
import io.demitasse.cri.v1.UpdateRuntimeConfigResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.sandbox.network.Subnet;

/**
 * Takes the addresses that the node's pods are to have, if they are those of the configuration: the
 * built-in network does not change its range while it has pods.
 */
public final class UpdateRuntimeConfig
        implements Handler<UpdateRuntimeConfigRequest, UpdateRuntimeConfigResponse> {
    private final Subnet subnet;

    /** Accepts this one. */
    public UpdateRuntimeConfig(Subnet subnet) {
        this.subnet = subnet;
    }

    @Override
    public UpdateRuntimeConfigResponse handle(UpdateRuntimeConfigRequest request)
            throws RequestException {
        var range = request.getRuntimeConfig().getNetworkConfig().getPodCidr();
        if (!range.isEmpty() && !parse(range).equals(subnet)) {
            throw RequestException.state(
                    "pod_cidr %s is not the built-in network's range %s, which cannot change while"
                            + " the daemon runs: set network.subnet in its configuration",
                    range, subnet);
        }
        return UpdateRuntimeConfigResponse.getDefaultInstance();
    }

    private static Subnet parse(String range) throws RequestException {
        try {
            return Subnet.parse(range);
        } catch (IllegalArgumentException malformed) {
            throw RequestException.invalid("pod_cidr: %s", String.valueOf(malformed.getMessage()));
        }
    }
}
