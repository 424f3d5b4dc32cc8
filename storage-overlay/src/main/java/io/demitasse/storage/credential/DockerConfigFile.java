package io.demitasse.storage.credential;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.DurableFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;

/**
 * Docker's {@code config.json}, read at each question anew; one that is not there knows nobody.
 *
 * <p>Its {@code auths} may name a host or a part of a repository; the longest that fits is taken. A
 * program of {@code credHelpers} or {@code credsStore} is asked before them.
 *
 * @see <a href="https://docs.docker.com/reference/cli/docker/login/">docker login</a>
 */
public final class DockerConfigFile implements Credentials {
    private static final int MAX_BYTES = 1 << 20;

    private final Path file;

    /** Reads this file. */
    public DockerConfigFile(Path file) {
        this.file = file;
    }

    @Override
    public Credential of(String host, String repository) throws IOException {
        var config = read();
        if (config.isEmpty()) {
            return Credential.NONE;
        }
        var helper = helper(config.get(), host);
        if (helper.isPresent()) {
            var known = CredentialHelper.named(helper.get()).get(serverAddress(host));
            if (!known.isNone()) {
                return known;
            }
        }
        return auth(config.get(), host, repository);
    }

    @Override
    public String origin(String host, String repository) throws IOException {
        var helper = read().flatMap(config -> helper(config, host));
        boolean helped =
                helper.isPresent()
                        && !CredentialHelper.named(helper.get()).get(serverAddress(host)).isNone();
        return file + (helped ? ", docker-credential-" + helper.get() : "");
    }

    /** Keeps a name and a password for a registry, for nobody but root to read. */
    public void put(String host, Credential credential) throws IOException {
        var auth = new JsonObject();
        var pair = credential.username() + ":" + credential.password();
        auth.addProperty(
                "auth", Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
        var config = read().orElseGet(JsonObject::new);
        var auths = member(config, "auths").orElseGet(JsonObject::new);
        auths.add(serverAddress(host), auth);
        config.add("auths", auths);
        write(config);
    }

    /** Forgets what it has for a registry; {@return whether there was something} */
    public boolean remove(String host) throws IOException {
        var config = read();
        var auths = config.flatMap(each -> member(each, "auths"));
        if (auths.isEmpty()) {
            return false;
        }
        var found =
                auths.get().keySet().stream()
                        .filter(key -> key.equals(host) || key.equals(serverAddress(host)))
                        .toList();
        found.forEach(auths.get()::remove);
        if (!found.isEmpty()) {
            write(config.get());
        }
        return !found.isEmpty();
    }

    private void write(JsonObject config) throws IOException {
        var target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        var parent = target.getParent();
        var name = target.getFileName();
        if (parent == null || name == null) {
            throw new IOException(file + " is no file");
        }
        Files.createDirectories(parent);
        try (var directory = DirectoryFd.open(parent)) {
            var text = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
            DurableFile.replace(
                    directory,
                    name.toString(),
                    (text.toJson(config) + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    private Optional<JsonObject> read() throws IOException {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IOException(file + " is longer than " + MAX_BYTES + " bytes");
            }
            var text = Files.readString(file);
            if (text.isBlank()) {
                return Optional.empty(); // as touch(1) leaves it
            }
            if (JsonParser.parseString(text) instanceof JsonObject config) {
                return Optional.of(config);
            }
            throw new IOException(file + " is not a JSON object");
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (JsonParseException malformed) {
            // Without the cause: the parser quotes what it stumbled over.
            throw new IOException(file + " is not JSON");
        }
    }

    private static Optional<String> helper(JsonObject config, String host) {
        return member(config, "credHelpers")
                .flatMap(helpers -> text(helpers, host))
                .or(() -> text(config, "credsStore"));
    }

    /** Docker Hub's credentials stand under the address of a registry that is long gone. */
    private static String serverAddress(String host) {
        return host.equals("docker.io") ? "https://index.docker.io/v1/" : host;
    }

    private Credential auth(JsonObject config, String host, String repository) throws IOException {
        var auths = member(config, "auths").orElseGet(JsonObject::new);
        var wanted = host + "/" + repository;
        Credential best = Credential.NONE;
        int bestLength = -1;
        for (var entry : auths.entrySet()) {
            var name = entry.getKey().replaceFirst("^https?://", "").replaceFirst("/+$", "");
            boolean longer = name.length() > bestLength && applies(entry.getKey(), name, wanted);
            if (longer && entry.getValue() instanceof JsonObject auth) {
                best = credential(auth);
                bestLength = name.length();
            }
        }
        return best;
    }

    /** An address's path is no repository: {@code https://index.docker.io/v1/}. */
    private static boolean applies(String key, String name, String wanted) {
        if (key.startsWith("http") || !name.contains("/")) {
            return RequestCredential.sameHost(
                    RequestCredential.hostOf(name), RequestCredential.hostOf(wanted));
        }
        return (wanted + "/").startsWith(name + "/");
    }

    private Credential credential(JsonObject auth) throws IOException {
        try {
            var decoded =
                    text(auth, "auth")
                            .map(Credential::decode)
                            .orElseGet(() ->
                                    Credential.of(
                                            text(auth, "username").orElse(""),
                                            text(auth, "password").orElse("")));
            return new Credential(
                    decoded.username(),
                    decoded.password(),
                    text(auth, "identitytoken").orElse(""),
                    text(auth, "registrytoken").orElse(""));
        } catch (IllegalArgumentException malformed) {
            throw new IOException(file + ": " + malformed.getMessage(), malformed);
        }
    }

    private static Optional<JsonObject> member(JsonObject object, String key) {
        return object.get(key) instanceof JsonObject member
                ? Optional.of(member)
                : Optional.empty();
    }

    static Optional<String> text(JsonObject object, String key) {
        JsonElement value = object.get(key);
        boolean text = value != null && value.isJsonPrimitive();
        return text
                ? Optional.of(value.getAsString()).filter(each -> !each.isEmpty())
                : Optional.empty();
    }
}
