package io.demitasse.storage.registry;

import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.io.InputStream;

/**
 * One image of a registry.
 *
 * @see <a href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md">OCI
 *     distribution</a>
 */
public final class RegistrySource implements ImageSource {
    private static final String MANIFESTS =
            "application/vnd.oci.image.index.v1+json,"
                    + " application/vnd.docker.distribution.manifest.list.v2+json,"
                    + " application/vnd.oci.image.manifest.v1+json,"
                    + " application/vnd.docker.distribution.manifest.v2+json";

    private final Reference reference;
    private final RegistryConnection connection;

    /** Asks nobody yet. */
    public RegistrySource(Reference reference, RegistryEndpoints endpoints) {
        this.reference = reference;
        this.connection = new RegistryConnection(endpoints.baseOf(reference.domain()));
    }

    @Override
    public ResolvedImage resolve(Platform platform) throws PullException {
        var content = document(reference.target());
        var digest = Digest.of(content);
        var wanted = reference.digest();
        if (wanted.isPresent() && !wanted.get().equals(digest)) {
            throw new PullException(
                    Reason.CORRUPT, "manifest of " + reference + " has the digest " + digest);
        }
        return new ManifestChoice(platform, reference.toString(), this::document)
                .choose(digest, content);
    }

    private byte[] document(Descriptor descriptor) throws PullException {
        var content = document(descriptor.digest().toString());
        var actual = Digest.of(content);
        if (!actual.equals(descriptor.digest())) {
            throw new PullException(
                    Reason.CORRUPT,
                    "manifest %s of %s has the digest %s"
                            .formatted(descriptor.digest(), reference, actual));
        }
        return content;
    }

    private byte[] document(String target) throws PullException {
        var answer =
                connection.get(
                        "/v2/" + reference.path() + "/manifests/" + target,
                        MANIFESTS,
                        "image " + reference);
        return RegistryConnection.body(answer, ManifestChoice.MAX_MANIFEST_BYTES);
    }

    @Override
    public InputStream open(Descriptor descriptor) throws PullException {
        var where = reference.repository();
        var answer =
                connection.get(
                        "/v2/" + reference.path() + "/blobs/" + descriptor.digest(),
                        "*/*",
                        "blob " + descriptor.digest() + " of " + reference);
        try {
            return new VerifiedStream(answer.getInputStream(), descriptor, where);
        } catch (IOException lost) {
            throw new PullException(
                    Reason.UNAVAILABLE, "connection lost to " + answer.getURL(), lost);
        }
    }
}
