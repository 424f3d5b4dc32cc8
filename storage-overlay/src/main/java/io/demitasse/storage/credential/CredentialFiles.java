package io.demitasse.storage.credential;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Several of docker's files; the first that knows a registry decides. */
public final class CredentialFiles implements Credentials {
    private final List<DockerConfigFile> files;

    /** Reads these. */
    public CredentialFiles(List<Path> files) {
        this.files = files.stream().map(DockerConfigFile::new).toList();
    }

    @Override
    public Credential of(String host, String repository) throws IOException {
        for (var file : files) {
            var known = file.of(host, repository);
            if (!known.isNone()) {
                return known;
            }
        }
        return Credential.NONE;
    }

    @Override
    public String origin(String host, String repository) throws IOException {
        for (var file : files) {
            if (!file.of(host, repository).isNone()) {
                return file.origin(host, repository);
            }
        }
        return "none";
    }
}
