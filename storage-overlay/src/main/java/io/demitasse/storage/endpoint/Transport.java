package io.demitasse.storage.endpoint;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** How an endpoint is reached: TLS, additional headers, how long a connection may take. */
public record Transport(
        TlsSettings tls, Map<String, List<String>> headers, Duration connectTimeout) {
    /** What is used where nothing is configured. */
    public static final Transport DEFAULT =
            new Transport(TlsSettings.SYSTEM, Map.of(), Duration.ofSeconds(15));

    /** Copies. */
    public Transport {
        headers = Map.copyOf(headers);
    }
}
