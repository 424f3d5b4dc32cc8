package io.demitasse.daemon.image;

import io.demitasse.admin.v1.LoginRequest;
import io.demitasse.admin.v1.LoginResponse;
import io.demitasse.admin.v1.LogoutRequest;
import io.demitasse.admin.v1.LogoutResponse;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.storage.credential.Credential;
import io.demitasse.storage.credential.DockerConfigFile;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.RegistryAccess;
import io.demitasse.storage.registry.RegistryLogin;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Keeps the node's own credentials in the first file that it reads them from.
 *
 * <p>The file is changed under the lock of this.
 */
public final class Logins {
    private final RegistryAccess registries;
    private final List<Path> files;

    /** Writes the first of these files. */
    public Logins(RegistryAccess registries, List<Path> files) {
        this.registries = registries;
        this.files = List.copyOf(files);
    }

    LoginResponse login(LoginRequest request) throws RequestException, PullException, IOException {
        var host = host(request.getRegistry());
        if (request.getUsername().isEmpty() || request.getPassword().isEmpty()) {
            throw RequestException.invalid("a name and a password are needed");
        }
        if (request.getUsername().contains(":")) {
            throw RequestException.invalid("a name with a colon cannot be told from its password");
        }
        if (files.isEmpty()) {
            throw RequestException.state("registry.auth_file names no file to write to");
        }
        var credential = Credential.of(request.getUsername(), request.getPassword());
        var answer = RegistryLogin.verify(host, credential, registries);
        synchronized (this) {
            new DockerConfigFile(files.getFirst()).put(host, credential);
        }
        return LoginResponse.newBuilder()
                .setFile(files.getFirst().toString())
                .setVerified(answer == RegistryLogin.Answer.ACCEPTED)
                .build();
    }

    LogoutResponse logout(LogoutRequest request) throws RequestException, IOException {
        var host = host(request.getRegistry());
        synchronized (this) {
            for (var file : files) {
                if (new DockerConfigFile(file).remove(host)) {
                    return LogoutResponse.newBuilder().setFile(file.toString()).build();
                }
            }
        }
        return LogoutResponse.getDefaultInstance();
    }

    private static String host(String registry) throws RequestException {
        var host = registry.replaceFirst("^https?://", "").replaceFirst("/+$", "");
        try {
            var name = Reference.parse(host + "/login");
            if (!host.isEmpty() && name.path().equals("login")) {
                return name.domain();
            }
        } catch (IllegalArgumentException notOne) {
            throw RequestException.invalid("\"%s\" is no registry's host", registry);
        }
        throw RequestException.invalid(
                "\"%s\" is no registry's host: it has a dot, a port, or is localhost", registry);
    }
}
