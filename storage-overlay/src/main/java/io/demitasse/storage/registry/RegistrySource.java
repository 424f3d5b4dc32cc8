package io.demitasse.storage.registry;

import io.demitasse.linux.SyscallException;
import io.demitasse.storage.credential.RequestCredential;
import io.demitasse.storage.endpoint.Capability;
import io.demitasse.storage.endpoint.EndpointException;
import io.demitasse.storage.progress.LayerMeter;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One image of a registry, from whichever of its endpoints has it.
 *
 * <p>Endpoints are asked in their order; one that failed is asked last from then on.
 *
 * @see <a href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md">OCI
 *     distribution</a>
 */
public final class RegistrySource implements ImageSource {
    static final String MANIFESTS =
            "application/vnd.oci.image.index.v1+json,"
                    + " application/vnd.docker.distribution.manifest.list.v2+json,"
                    + " application/vnd.oci.image.manifest.v1+json,"
                    + " application/vnd.docker.distribution.manifest.v2+json";

    private final Reference reference;
    private final List<RegistryConnection> connections;
    private final PartialBlobs partials;
    private final RegistryAccess access;
    private final Set<Digest> resumed = ConcurrentHashMap.newKeySet();
    private final Set<RegistryConnection> failed = ConcurrentHashMap.newKeySet();
    private final Map<Digest, Servers> servers = new ConcurrentHashMap<>();

    private RegistrySource(
            Reference reference,
            List<RegistryConnection> connections,
            PartialBlobs partials,
            RegistryAccess access) {
        this.reference = reference;
        this.connections = connections;
        this.partials = partials;
        this.access = access;
    }

    /** Reads the node's configuration, and asks nobody yet. */
    public static RegistrySource of(
            Reference reference,
            RequestCredential credential,
            RegistryAccess access,
            PartialBlobs partials)
            throws PullException {
        var credentials = credential.before(access.credentials(), reference.domain());
        var connections = new ArrayList<RegistryConnection>();
        try {
            for (var endpoint : access.endpoints().of(reference)) {
                connections.add(
                        new RegistryConnection(
                                endpoint,
                                RegistryAccess.credential(credentials, endpoint, reference),
                                access.tokens(),
                                access.timeouts(),
                                access.proxies()));
            }
        } catch (EndpointException unusable) {
            throw new PullException(Reason.MISCONFIGURED, "cannot pull " + reference, unusable);
        } catch (IOException unreadable) {
            throw new PullException(
                    Reason.MISCONFIGURED, "no credentials to pull " + reference, unreadable);
        }
        return new RegistrySource(reference, connections, partials, access);
    }

    /** Something that an endpoint is asked for. */
    private interface Question<T> {
        T ask(RegistryConnection connection) throws PullException;
    }

    private <T> T first(Capability capability, String what, Question<T> question)
            throws PullException {
        return first(inOrder(capability, failed), what, question);
    }

    private <T> T first(List<RegistryConnection> order, String what, Question<T> question)
            throws PullException {
        var failures = new ArrayList<PullException>();
        for (var connection : order) {
            try {
                return question.ask(connection);
            } catch (PullException failure) {
                if (failure.reason() == Reason.CANCELLED) {
                    throw failure;
                }
                failed.add(connection);
                failures.add(failure);
            }
        }
        throw combined(failures, what);
    }

    private List<RegistryConnection> inOrder(Capability capability, Set<RegistryConnection> last) {
        var able = connections.stream().filter(each -> each.endpoint().can(capability)).toList();
        var order = new ArrayList<>(able);
        order.removeIf(last::contains);
        able.stream().filter(last::contains).forEach(order::add);
        return order;
    }

    /** Who served a blob, and who has served a wrong one. */
    private record Servers(Set<RegistryConnection> now, Set<RegistryConnection> wrong) {
        Servers() {
            this(ConcurrentHashMap.newKeySet(), ConcurrentHashMap.newKeySet());
        }
    }

    private Servers servers(Descriptor descriptor) {
        return servers.computeIfAbsent(descriptor.digest(), _ -> new Servers());
    }

    /** The last one asked is the registry itself: its answer says what is to be done. */
    private PullException combined(List<PullException> failures, String what) {
        if (failures.isEmpty()) {
            return new PullException(
                    Reason.MISCONFIGURED,
                    what + ": no endpoint of " + reference.domain() + " may be asked for it");
        }
        if (failures.size() == 1) {
            return failures.getFirst();
        }
        var all = failures.stream().map(Exception::getMessage).collect(Collectors.joining("; "));
        var last = failures.getLast();
        return new PullException(
                last.reason(),
                what + " is to be had from none of " + failures.size() + " endpoints: " + all,
                last);
    }

    @Override
    public ResolvedImage resolve(Platform platform) throws PullException {
        var wanted = reference.digest();
        var capability = wanted.isPresent() ? Capability.PULL : Capability.RESOLVE;
        var content =
                first(
                        capability,
                        "image " + reference,
                        connection -> {
                            var found = document(connection, reference.target());
                            var digest = Digest.of(found);
                            if (wanted.isPresent() && !wanted.get().equals(digest)) {
                                throw new PullException(
                                        Reason.CORRUPT,
                                        "manifest of " + reference + " has the digest " + digest);
                            }
                            ManifestChoice.check(found, "manifest " + digest + " of " + reference);
                            return found;
                        });
        return new ManifestChoice(platform, reference.toString(), this::document)
                .choose(Digest.of(content), content);
    }

    private byte[] document(Descriptor descriptor) throws PullException {
        return first(
                Capability.PULL,
                "manifest " + descriptor.digest() + " of " + reference,
                connection -> {
                    var content = document(connection, descriptor.digest().toString());
                    var actual = Digest.of(content);
                    if (!actual.equals(descriptor.digest())) {
                        throw new PullException(
                                Reason.CORRUPT,
                                "manifest %s of %s has the digest %s"
                                        .formatted(descriptor.digest(), reference, actual));
                    }
                    return content;
                });
    }

    private byte[] document(RegistryConnection connection, String target) throws PullException {
        var request = connection.request("manifests/" + target, MANIFESTS);
        try (var answer = connection.get(request, "image " + reference)) {
            return answer.body(ManifestChoice.MAX_MANIFEST_BYTES);
        } catch (PullException definite) {
            throw definite;
        } catch (IOException lost) {
            throw connection.unreachable(lost);
        }
    }

    /** Asks for one blob, wherever it is to be had at the time. */
    private final class BlobSource implements BlobDownload.Source {
        private final Descriptor descriptor;
        private volatile @Nullable RegistryConnection last;

        BlobSource(Descriptor descriptor) {
            this.descriptor = descriptor;
        }

        @Override
        public HttpAnswer open(long offset) throws PullException {
            return open(offset == 0 ? "" : "bytes=" + offset + "-");
        }

        @Override
        public HttpAnswer open(long offset, int bytes) throws PullException {
            return open("bytes=" + offset + "-" + (offset + bytes - 1));
        }

        private HttpAnswer open(String range) throws PullException {
            var what = "blob " + descriptor.digest() + " of " + reference;
            var known = servers(descriptor);
            var distrusted = new HashSet<>(failed);
            distrusted.addAll(known.wrong);
            return first(
                    inOrder(Capability.PULL, distrusted),
                    what,
                    connection -> {
                        var request = connection.request("blobs/" + descriptor.digest(), "*/*");
                        last = connection;
                        var answer =
                                connection.get(
                                        range.isEmpty() ? request : request.with("Range", range),
                                        what);
                        known.now.add(connection);
                        return answer;
                    });
        }

        @Override
        public void lost() {
            var connection = last;
            if (connection != null) {
                failed.add(connection);
            }
        }

        @Override
        public String name() {
            var connection = last;
            return connection == null ? reference.repository() : connection.endpoint() + "";
        }
    }

    @Override
    public ReadableByteChannel open(Descriptor descriptor, LayerMeter meter) throws PullException {
        try {
            var partial = partials.claim(descriptor);
            if (partial.initialBytes() > 0) {
                resumed.add(descriptor.digest());
            }
            meter.begin(partial.initialBytes());
            var source = new BlobSource(descriptor);
            var download = BlobDownload.start(descriptor, partial, source, access, meter);
            return new VerifiedBlob(download, descriptor, reference.repository(), meter);
        } catch (SyscallException refused) {
            throw new PullException(
                    Reason.STORAGE, "cannot keep blob " + descriptor.digest(), refused);
        }
    }

    @Override
    public void used(Descriptor descriptor) throws SyscallException {
        partials.used(descriptor.digest());
        resumed.remove(descriptor.digest());
        servers.remove(descriptor.digest());
    }

    /** What comes from an endpoint and is wrong is that endpoint's failure. */
    @Override
    public boolean isWrong(Descriptor descriptor) throws SyscallException {
        boolean again = forget(descriptor);
        var known = servers(descriptor);
        boolean news = known.wrong.addAll(known.now);
        failed.addAll(known.now);
        known.now.clear();
        boolean others =
                connections.stream()
                        .filter(each -> each.endpoint().can(Capability.PULL))
                        .anyMatch(each -> !known.wrong.contains(each));
        return again || (news && others);
    }

    @Override
    public boolean forget(Descriptor descriptor) throws SyscallException {
        partials.forget(descriptor.digest());
        return resumed.remove(descriptor.digest());
    }
}
