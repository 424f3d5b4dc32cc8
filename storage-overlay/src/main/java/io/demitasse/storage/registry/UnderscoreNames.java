package io.demitasse.storage.registry;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * Whether a certificate is for a host whose name has an underscore, RFC 6125.
 *
 * <p>The JDK compares names of hosts by itself and takes none with an underscore. It asks for a
 * second opinion then, after it has verified the certificate's chain.
 */
final class UnderscoreNames {
    private static final int DNS_NAME = 2; // of X509Certificate.getSubjectAlternativeNames

    private UnderscoreNames() {}

    static boolean match(String host, SSLSession session) {
        try {
            return session.getPeerCertificates()[0] instanceof X509Certificate certificate
                    && names(certificate).stream().anyMatch(name -> covers(name, host));
        } catch (SSLPeerUnverifiedException | CertificateParsingException unusable) {
            return false;
        }
    }

    private static List<String> names(X509Certificate certificate)
            throws CertificateParsingException {
        var names = certificate.getSubjectAlternativeNames();
        return names == null
                ? List.of()
                : names.stream()
                        .filter(UnderscoreNames::isDnsName)
                        .map(name -> String.valueOf(List.copyOf(name).get(1)))
                        .toList();
    }

    private static boolean isDnsName(Collection<?> name) {
        return name.iterator().next() instanceof Integer type && type == DNS_NAME;
    }

    /** A star stands for the first part of a name, and for nothing else. */
    static boolean covers(String name, String host) {
        var wanted = host.toLowerCase(Locale.ROOT);
        var given = name.toLowerCase(Locale.ROOT);
        int dot = wanted.indexOf('.');
        return given.equals(wanted)
                || (dot > 0
                        && given.startsWith("*.")
                        && given.substring(1).equals(wanted.substring(dot)));
    }
}
