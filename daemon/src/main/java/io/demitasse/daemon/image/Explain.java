package io.demitasse.daemon.image;

import io.demitasse.admin.v1.Endpoint;
import io.demitasse.admin.v1.ExplainRequest;
import io.demitasse.admin.v1.ExplainResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.EndpointProbe;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.RegistryAccess;
import java.util.concurrent.TimeUnit;

/** Asks each endpoint of an image, and tells why it was one and what it said. */
public final class Explain implements Handler<ExplainRequest, ExplainResponse> {
    private final RegistryAccess registries;

    /** Reaches registries like pulls do. */
    public Explain(RegistryAccess registries) {
        this.registries = registries;
    }

    @Override
    public ExplainResponse handle(ExplainRequest request) throws RequestException {
        if (request.getName().isEmpty()) {
            throw RequestException.invalid("image is empty");
        }
        var reference = Reference.parse(request.getName());
        var response = ExplainResponse.newBuilder().setReference(reference.toString());
        try {
            EndpointProbe.all(reference, registries)
                    .forEach(probe -> response.addEndpoints(endpoint(probe)));
        } catch (PullException refused) {
            var cause = refused.getCause();
            var why = cause == null ? refused : cause;
            response.setRefusal(String.valueOf(why.getMessage()));
        }
        return response.build();
    }

    private static Endpoint endpoint(EndpointProbe probe) {
        return Endpoint.newBuilder()
                .setAddress(probe.endpoint())
                .setRole(probe.role())
                .setOrigin(probe.origin())
                .setCredentials(probe.credentials())
                .setQuestion(probe.question())
                .setAnswer(probe.answer())
                .setTookMicros(TimeUnit.NANOSECONDS.toMicros(probe.took().toNanos()))
                .setGood(probe.isGood())
                .build();
    }
}
