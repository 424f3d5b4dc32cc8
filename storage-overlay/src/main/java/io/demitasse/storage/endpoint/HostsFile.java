package io.demitasse.storage.endpoint;

import io.demitasse.storage.endpoint.TlsSettings.ClientCertificate;
import io.demitasse.storage.reference.Reference;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * One registry's directory of containerd's tree: {@code hosts.toml}, or Docker's certificates.
 *
 * @see <a href="https://github.com/containerd/containerd/blob/main/docs/hosts.md">containerd,
 *     registry host configuration</a>
 */
final class HostsFile {
    private static final String NAME = "hosts.toml";

    private final Path directory;
    private final Reference reference;

    HostsFile(Path directory, Reference reference) {
        this.directory = directory;
        this.reference = reference;
    }

    /** {@return the mirrors in the file's order, then the server} */
    List<Endpoint> endpoints() throws EndpointException {
        var file = directory.resolve(NAME);
        if (!Files.exists(file)) {
            return List.of(Servers.of(reference, certificates()).from(directory.toString()));
        }
        var table = TomlTable.read(file);
        var endpoints = new ArrayList<Endpoint>();
        for (var host : table.tables("host").entrySet()) {
            endpoints.add(mirror(host.getKey(), host.getValue()));
        }
        endpoints.add(server(table));
        return endpoints;
    }

    private Endpoint mirror(String address, TomlTable table) throws EndpointException {
        var base = base(address, table);
        return new Endpoint(
                base,
                reference.path(),
                "ns=" + reference.domain(), // a proxy for many registries asks which one is meant
                Endpoint.Role.MIRROR,
                capabilities(table),
                transport(table),
                table.where());
    }

    private Endpoint server(TomlTable table) throws EndpointException {
        var transport = transport(table);
        var named = table.text("server");
        var server =
                named.isPresent()
                        ? Servers.at(base(named.get(), table), reference, transport)
                        : Servers.of(reference, transport.tls());
        return new Endpoint(
                server.base(),
                server.repository(),
                server.query(),
                server.role(),
                capabilities(table),
                transport,
                table.where());
    }

    private static URI base(String address, TomlTable table) throws EndpointException {
        var text = address.contains("://") ? address : "https://" + address;
        var path = text.replaceFirst("/+$", "");
        boolean complete = table.flag("override_path") || path.endsWith("/v2");
        try {
            var base = WebAddress.parse(complete ? path : path + "/v2");
            if (WebAddress.isWeb(base)) {
                return base;
            }
        } catch (IllegalArgumentException malformed) {
            throw new EndpointException(
                    table.where() + ": \"" + address + "\" is not an address", malformed);
        }
        throw new EndpointException(
                table.where() + ": \"" + address + "\" is not an address of http or https");
    }

    private static Set<Capability> capabilities(TomlTable table) throws EndpointException {
        var named = table.texts("capabilities");
        if (named.isEmpty()) {
            return EnumSet.allOf(Capability.class);
        }
        var capabilities = EnumSet.noneOf(Capability.class);
        for (var name : named) {
            try {
                capabilities.add(Capability.valueOf(name.toUpperCase(Locale.ROOT)));
            } catch (IllegalArgumentException unknown) {
                throw new EndpointException(
                        table.where() + ": unknown capability \"" + name + "\"", unknown);
            }
        }
        return capabilities;
    }

    private Transport transport(TomlTable table) throws EndpointException {
        var authorities = table.texts("ca").stream().map(directory::resolve).toList();
        var clients = new ArrayList<ClientCertificate>();
        for (var pair : table.pairs("client")) {
            var key = pair.size() > 1 && !pair.get(1).isEmpty() ? pair.get(1) : pair.getFirst();
            clients.add(
                    new ClientCertificate(
                            directory.resolve(pair.getFirst()), directory.resolve(key)));
        }
        return new Transport(
                new TlsSettings(authorities, clients, table.flag("skip_verify")),
                headers(table.table("header")),
                timeout(table));
    }

    private static Map<String, List<String>> headers(TomlTable table) throws EndpointException {
        var headers = new LinkedHashMap<String, List<String>>();
        for (var name : table.values().keySet()) {
            headers.put(name, table.texts(name));
        }
        return headers;
    }

    private static Duration timeout(TomlTable table) throws EndpointException {
        var text = table.text("dial_timeout").orElse("");
        if (text.isEmpty()) {
            return Transport.DEFAULT.connectTimeout();
        }
        var duration =
                GoDuration.parse(text)
                        .orElseThrow(() ->
                                table.wrong(
                                        "dial_timeout", "a duration like 500ms, 1m30s or 1.5s"));
        return duration.isZero() ? Transport.DEFAULT.connectTimeout() : duration;
    }

    /** Without a file the directory is read as Docker does: {@code *.crt}, {@code *.cert}+key. */
    private TlsSettings certificates() throws EndpointException {
        var authorities = new ArrayList<Path>();
        var clients = new ArrayList<ClientCertificate>();
        try (var files = Files.newDirectoryStream(directory)) {
            for (var file : files) {
                var name = file.toString();
                if (name.endsWith(".crt")) {
                    authorities.add(file);
                } else if (name.endsWith(".cert")) {
                    clients.add(
                            new ClientCertificate(
                                    file, Path.of(name.replaceFirst("cert$", "key"))));
                }
            }
        } catch (IOException unreadable) {
            throw new EndpointException("cannot read " + directory, unreadable);
        }
        return new TlsSettings(authorities, clients, false);
    }
}
