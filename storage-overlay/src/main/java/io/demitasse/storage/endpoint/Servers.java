package io.demitasse.storage.endpoint;

import io.demitasse.storage.reference.Reference;
import java.net.URI;
import java.util.EnumSet;
import java.util.Map;

/** The endpoint of a registry that nothing is configured for, as containerd finds it. */
final class Servers {
    private Servers() {}

    /**
     * Plain HTTP is for {@code localhost}, 127.0.0.0/8 and {@code ::1}, unless it is port 443 or
     * there are TLS settings for it.
     */
    static Endpoint of(Reference reference, TlsSettings tls) {
        var domain = reference.domain();
        var host = domain.equals("docker.io") ? "registry-1.docker.io" : domain;
        boolean plain =
                isLoopback(host) && !host.endsWith(":443") && tls.equals(TlsSettings.SYSTEM);
        var base = WebAddress.parse((plain ? "http://" : "https://") + host + "/v2");
        return at(
                base, reference, new Transport(tls, Map.of(), Transport.DEFAULT.connectTimeout()));
    }

    static Endpoint at(URI base, Reference reference, Transport transport) {
        return new Endpoint(
                base,
                reference.path(),
                "",
                Endpoint.Role.SERVER,
                EnumSet.allOf(Capability.class),
                transport,
                "no configuration for " + reference.domain());
    }

    static boolean isLoopback(String hostAndPort) {
        var host = hostAndPort.replaceFirst(":[0-9]+$", "");
        return host.equals("localhost")
                || host.equals("[::1]")
                || host.matches("127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}");
    }
}
