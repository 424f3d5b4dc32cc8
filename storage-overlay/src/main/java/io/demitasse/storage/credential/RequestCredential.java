package io.demitasse.storage.credential;

import java.io.IOException;
import java.util.regex.Pattern;

/**
 * A credential that came with a request, before those that the node has.
 *
 * @param serverAddress the one registry that it is for, or empty: the one that the image names
 */
public record RequestCredential(Credential credential, String serverAddress) {
    /** A request without one. */
    public static final RequestCredential NONE = new RequestCredential(Credential.NONE, "");

    private static final Pattern DOCKER_HUB = Pattern.compile("(?:.*\\.)?docker\\.(?:io|com)");

    /** {@return this for the registry of an image, and what the node has for others} */
    public Credentials before(Credentials others, String imageDomain) {
        if (credential.isNone()) {
            return others;
        }
        var owner = serverAddress.isEmpty() ? imageDomain : hostOf(serverAddress);
        return (host, repository) -> choose(others, owner, host, repository);
    }

    private Credential choose(Credentials others, String owner, String host, String repository)
            throws IOException {
        return sameHost(owner, host) ? credential : others.of(host, repository);
    }

    static boolean sameHost(String one, String other) {
        boolean hub = DOCKER_HUB.matcher(one).matches() && DOCKER_HUB.matcher(other).matches();
        return hub || one.equalsIgnoreCase(other);
    }

    /** {@return the host in an address: {@code https://index.docker.io/v1/} is index.docker.io} */
    static String hostOf(String address) {
        return address.replaceFirst("^https?://", "").replaceFirst("/.*$", "");
    }
}
