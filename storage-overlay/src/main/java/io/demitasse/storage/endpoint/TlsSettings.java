package io.demitasse.storage.endpoint;

import java.nio.file.Path;
import java.util.List;

/**
 * Whom we trust over TLS, and who we are.
 *
 * @param authorities PEM files trusted besides the system's authorities
 * @param clients shown to a server that asks for one
 * @param skipVerify whether any certificate will do
 */
public record TlsSettings(
        List<Path> authorities, List<ClientCertificate> clients, boolean skipVerify) {
    /** The system's authorities, and no certificate of ours. */
    public static final TlsSettings SYSTEM = new TlsSettings(List.of(), List.of(), false);

    /**
     * A certificate chain and its private key, each in a PEM file; they may be in one.
     *
     * @param key PKCS#8, PKCS#1 or SEC1, not encrypted
     */
    public record ClientCertificate(Path chain, Path key) {}

    /** Copies. */
    public TlsSettings {
        authorities = List.copyOf(authorities);
        clients = List.copyOf(clients);
    }
}
