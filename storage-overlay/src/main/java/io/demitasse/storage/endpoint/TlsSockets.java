package io.demitasse.storage.endpoint;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;

/** Makes the JDK's TLS from settings. */
public final class TlsSockets {
    private static final Pattern PEM =
            Pattern.compile("-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----");
    private static final char[] NO_PASSWORD = new char[0];

    private TlsSockets() {}

    /**
     * {@return what opens connections with these settings}
     *
     * @throws EndpointException if a file cannot be read or used
     */
    public static SSLSocketFactory factory(TlsSettings settings) throws EndpointException {
        return context(settings).getSocketFactory();
    }

    /** As {@link #factory}, for those who want the whole. */
    public static SSLContext context(TlsSettings settings) throws EndpointException {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(keys(settings), trust(settings), null);
            return context;
        } catch (GeneralSecurityException | IOException unusable) {
            throw new EndpointException(
                    "cannot use the TLS files of a registry: " + unusable.getMessage(), unusable);
        }
    }

    private static KeyManager[] keys(TlsSettings settings)
            throws GeneralSecurityException, IOException {
        if (settings.clients().isEmpty()) {
            return new KeyManager[0];
        }
        var store = empty();
        for (var client : settings.clients()) {
            var key = PrivateKeys.read(client.key());
            var chain = certificates(client.chain()).toArray(new Certificate[0]);
            store.setKeyEntry(client.chain().toString(), key, NO_PASSWORD, chain);
        }
        var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, NO_PASSWORD);
        return factory.getKeyManagers();
    }

    private static TrustManager[] trust(TlsSettings settings)
            throws GeneralSecurityException, IOException {
        if (settings.skipVerify()) {
            return new TrustManager[] {new Trusting()};
        }
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null); // the system's
        if (settings.authorities().isEmpty()) {
            return factory.getTrustManagers();
        }
        var store = empty();
        int number = 0;
        for (var manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager system) {
                for (var authority : system.getAcceptedIssuers()) {
                    store.setCertificateEntry("authority-" + number++, authority);
                }
            }
        }
        for (var file : settings.authorities()) {
            for (var authority : certificates(file)) {
                store.setCertificateEntry("authority-" + number++, authority);
            }
        }
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    /** A file may have its key beside its certificates, which the JDK's parser stumbles over. */
    private static List<Certificate> certificates(Path file)
            throws GeneralSecurityException, IOException {
        var found = new ArrayList<Certificate>();
        var factory = CertificateFactory.getInstance("X.509");
        var matcher = PEM.matcher(Files.readString(file));
        while (matcher.find()) {
            var pem = matcher.group().getBytes(StandardCharsets.US_ASCII);
            found.add(factory.generateCertificate(new ByteArrayInputStream(pem)));
        }
        if (found.isEmpty()) {
            throw new GeneralSecurityException("no certificate in " + file);
        }
        return found;
    }

    /**
     * Trusts anybody, as {@code skip_verify} says. Contents are verified by digest all the same.
     */
    private static final class Trusting extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
            throw new UnsupportedOperationException("we are no server");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
            throw new UnsupportedOperationException("we are no server");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {
            throw new UnsupportedOperationException("we are no server");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
            // whoever it is
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
            // whoever it is
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
            // whoever it is
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
