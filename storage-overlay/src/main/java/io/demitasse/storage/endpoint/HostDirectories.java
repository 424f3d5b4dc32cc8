package io.demitasse.storage.endpoint;

import io.demitasse.storage.reference.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads containerd's tree of registry directories, at each question anew.
 *
 * <pre>
 * ROOT/registry.example_5000_/hosts.toml   the first that exists decides
 * ROOT/registry.example:5000/hosts.toml
 * ROOT/_default/hosts.toml
 * </pre>
 */
public final class HostDirectories implements RegistryEndpoints {
    private static final String DEFAULT = "_default";

    private final List<Path> roots;
    private final RegistryEndpoints otherwise;

    /** Looks below these, in this order; those that do not exist are skipped. */
    public HostDirectories(List<Path> roots) {
        this(roots, STANDARD);
    }

    /** With something else to ask about a registry that has no directory. */
    public HostDirectories(List<Path> roots, RegistryEndpoints otherwise) {
        this.roots = List.copyOf(roots);
        this.otherwise = otherwise;
    }

    @Override
    public List<Endpoint> of(Reference reference) throws EndpointException {
        var domain = reference.domain();
        var underscored = domain.replaceFirst(":([0-9]+)$", "_$1_");
        for (var root : roots) {
            for (var name : List.of(underscored, domain, DEFAULT)) {
                var directory = root.resolve(name);
                if (Files.isDirectory(directory)) {
                    return new HostsFile(directory, reference).endpoints();
                }
            }
        }
        return otherwise.of(reference);
    }
}
