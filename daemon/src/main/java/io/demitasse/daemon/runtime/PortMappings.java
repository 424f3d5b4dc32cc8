package io.demitasse.daemon.runtime;

import static io.demitasse.daemon.call.RequestException.invalid;

import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.cri.v1.PodSandboxConfig;
import io.demitasse.cri.v1.Protocol;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.sandbox.network.PortMapping;
import io.demitasse.sandbox.network.PortMapping.HostPort;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** The ports of the node that a request wants to lead to its pod. */
final class PortMappings {
    private static final String EVERY_ADDRESS = "0.0.0.0";

    private PortMappings() {}

    /**
     * {@return them; a mapping without a host port is none, and none are with the node's network}
     */
    static List<PortMapping> of(PodSandboxConfig config) throws RequestException {
        var options = config.getLinux().getSecurityContext().getNamespaceOptions();
        var mappings = new ArrayList<PortMapping>();
        for (var mapping : config.getPortMappingsList()) {
            SandboxRequestCheck.known(mapping.getProtocol(), "port_mappings.protocol");
            if (mapping.getHostPort() != 0 && options.getNetwork() != NamespaceMode.NODE) {
                mappings.add(of(mapping));
            }
        }
        return mappings;
    }

    private static PortMapping of(io.demitasse.cri.v1.PortMapping mapping) throws RequestException {
        var text = mapping.getHostIp().isEmpty() ? EVERY_ADDRESS : mapping.getHostIp();
        try {
            var port =
                    new HostPort(
                            protocol(mapping.getProtocol()),
                            InetAddress.ofLiteral(text),
                            mapping.getHostPort());
            return new PortMapping(port, mapping.getContainerPort());
        } catch (IllegalArgumentException malformed) {
            throw invalid(
                    "port_mappings of host port %d at \"%s\": %s",
                    mapping.getHostPort(), text, String.valueOf(malformed.getMessage()));
        }
    }

    private static PortMapping.Protocol protocol(Protocol protocol) {
        return switch (protocol) {
            case TCP -> PortMapping.Protocol.TCP;
            case UDP -> PortMapping.Protocol.UDP;
            case SCTP -> PortMapping.Protocol.SCTP;
            case UNRECOGNIZED -> throw new IllegalArgumentException("unknown protocol");
        };
    }
}
