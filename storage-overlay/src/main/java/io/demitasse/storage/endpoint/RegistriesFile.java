package io.demitasse.storage.endpoint;

import io.demitasse.storage.reference.Reference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the {@code registries.conf} that Podman and CRI-O have, with its drop-ins, at each question
 * anew. Of several entries that fit, the one with the longest prefix decides.
 *
 * @see <a
 *     href="https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md">
 *     containers-registries.conf(5)</a>, version 2
 */
public final class RegistriesFile implements RegistryEndpoints {
    private final Path file;

    /** Reads this file, and those in the directory of its name with {@code .d}. */
    public RegistriesFile(Path file) {
        this.file = file;
    }

    /** One {@code [[registry]]}. */
    private record Entry(String prefix, TomlTable table) {
        boolean fits(Reference reference) {
            return matched(reference.toString()) >= 0;
        }

        /**
         * {@return how much of a name the prefix stands for, or -1 if it does not fit} It ends
         * where a part of the name does; {@code *.host} is any host below, all of its name.
         */
        int matched(String name) {
            boolean wild = prefix.startsWith("*.");
            var fixed = wild ? prefix.substring(1) : prefix;
            int host = (name + "/").indexOf('/');
            int begin = wild ? name.indexOf(fixed) : 0;
            if (begin < 0 || begin >= host || !name.startsWith(fixed, begin)) {
                return -1;
            }
            int end = begin + fixed.length();
            return end == name.length() || "/:@".indexOf(name.charAt(end)) >= 0 ? end : -1;
        }
    }

    @Override
    public List<Endpoint> of(Reference reference) throws EndpointException {
        var found = entry(reference);
        if (found.isEmpty()) {
            return STANDARD.of(reference);
        }
        var entry = found.get();
        var table = entry.table;
        if (table.flag("blocked")) {
            throw new EndpointException(
                    table.where() + ": \"" + entry.prefix + "\" is blocked on this node");
        }
        var endpoints = new ArrayList<Endpoint>();
        for (var mirror : table.list("mirror")) {
            if (isFor(mirror, table, reference)) {
                at(mirror, entry, reference).stream()
                        .map(RegistriesFile::withoutPush)
                        .forEach(endpoints::add);
            }
        }
        endpoints.addAll(at(table, entry, reference));
        return endpoints;
    }

    private Optional<Entry> entry(Reference reference) throws EndpointException {
        var byPrefix = new HashMap<String, Entry>();
        for (var each : files()) {
            add(TomlTable.read(each), byPrefix);
        }
        return byPrefix.values().stream()
                .filter(entry -> entry.fits(reference))
                .max(Comparator.comparingInt(entry -> entry.prefix.length()));
    }

    private static void add(TomlTable root, Map<String, Entry> byPrefix) throws EndpointException {
        for (var table : root.list("registry")) {
            var location = place(table, "location");
            var named = place(table, "prefix");
            var prefix = named.isEmpty() ? location : named;
            if (prefix.isEmpty()) {
                throw table.wrong("prefix", "there if there is no location");
            }
            byPrefix.put(prefix, new Entry(prefix, table)); // of the last file that has it
        }
    }

    private List<Path> files() throws EndpointException {
        var files = new ArrayList<Path>();
        if (Files.exists(file)) {
            files.add(file);
        }
        var additional = file.resolveSibling(file.getFileName() + ".d");
        if (Files.isDirectory(additional)) {
            try (var listed = Files.list(additional)) {
                listed.filter(each -> each.toString().endsWith(".conf"))
                        .sorted()
                        .forEach(files::add);
            } catch (IOException unreadable) {
                throw new EndpointException("cannot read " + additional, unreadable);
            }
        }
        return files;
    }

    private static boolean isFor(TomlTable mirror, TomlTable registry, Reference reference)
            throws EndpointException {
        boolean digestOnly = registry.flag("mirror-by-digest-only");
        return switch (mirror.text("pull-from-mirror").orElse(digestOnly ? "digest-only" : "all")) {
            case "all" -> true;
            case "digest-only" -> reference.digest().isPresent();
            case "tag-only" -> reference.digest().isEmpty();
            default -> throw mirror.wrong("pull-from-mirror", "all, digest-only or tag-only");
        };
    }

    /** {@return a registry or a part of one, or empty if there is none} */
    private static String place(TomlTable table, String key) throws EndpointException {
        var written = table.text(key).orElse("");
        var place = written.replaceFirst("/+$", "");
        if (place.contains("://") || place.isEmpty() != written.isEmpty()) {
            throw table.wrong(
                    key,
                    "a host, perhaps with a path, and not \""
                            + written
                            + "\": \"insecure\" says whether TLS may be left out");
        }
        return place;
    }

    /** An insecure place is asked over TLS, whoever it says it is, and then without. */
    private static List<Endpoint> at(TomlTable table, Entry entry, Reference reference)
            throws EndpointException {
        var location = place(table, "location");
        var name = reference.repository();
        var prefix = entry.prefix;
        if (location.isEmpty() && !table.equals(entry.table)) {
            throw table.wrong("location", "there: it is what makes a mirror");
        }
        var place =
                location.isEmpty()
                        ? name
                        : location
                                + name.substring(
                                        Math.min(
                                                entry.matched(reference.toString()),
                                                name.length()));
        int slash = place.indexOf('/');
        if (slash < 0) {
            throw table.wrong("location", "a registry, or a repository where the prefix is one");
        }
        var host = place.substring(0, slash);
        var path = place.substring(slash + 1);
        var role = host.equals(reference.domain()) ? Endpoint.Role.SERVER : Endpoint.Role.MIRROR;
        var shown = host.equals("docker.io") ? "registry-1.docker.io" : host;
        var endpoints = new ArrayList<Endpoint>();
        var why = table.where() + ", prefix \"" + prefix + "\"";
        boolean insecure = table.flag("insecure");
        boolean plain = insecure || (Servers.isLoopback(host) && !host.endsWith(":443"));
        if (insecure || !plain) {
            endpoints.add(endpoint("https://" + shown, path, role, insecure).from(why));
        }
        if (plain) {
            endpoints.add(endpoint("http://" + shown, path, role, false).from(why));
        }
        return endpoints;
    }

    /** What is pushed goes to the registry: mirrors get it from there. */
    private static Endpoint withoutPush(Endpoint mirror) {
        var rest = EnumSet.copyOf(mirror.capabilities());
        rest.remove(Capability.PUSH);
        return new Endpoint(
                mirror.base(),
                mirror.repository(),
                mirror.query(),
                mirror.role(),
                rest,
                mirror.transport(),
                mirror.origin());
    }

    private static Endpoint endpoint(
            String address, String path, Endpoint.Role role, boolean skipVerify)
            throws EndpointException {
        try {
            var tls = new TlsSettings(List.of(), List.of(), skipVerify);
            return new Endpoint(
                    WebAddress.parse(address + "/v2"),
                    path,
                    "",
                    role,
                    EnumSet.allOf(Capability.class),
                    new Transport(tls, Map.of(), Transport.DEFAULT.connectTimeout()),
                    "");
        } catch (IllegalArgumentException malformed) {
            throw new EndpointException("\"" + address + "\" is not an address", malformed);
        }
    }
}
