package io.demitasse.storage.endpoint;

import io.demitasse.storage.reference.Reference;
import java.util.List;

/** Finds out where an image can be had. */
@FunctionalInterface
public interface RegistryEndpoints {
    /** Asks the registry itself: HTTPS, and plain HTTP where it is this very machine. */
    RegistryEndpoints STANDARD = reference -> List.of(Servers.of(reference, TlsSettings.SYSTEM));

    /** {@return the endpoints to ask, in this order; never none} */
    List<Endpoint> of(Reference reference) throws EndpointException;
}
