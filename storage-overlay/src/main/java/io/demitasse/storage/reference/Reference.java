package io.demitasse.storage.reference;

import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of an image, normalised as Docker does: {@code busybox} is {@code
 * docker.io/library/busybox:latest}.
 *
 * <p>A name has a tag, a digest, or both; with both, the digest decides what is meant.
 */
public final class Reference {
    private static final String DEFAULT_DOMAIN = "docker.io";
    private static final String OLD_DEFAULT_DOMAIN = "index.docker.io";
    private static final String OFFICIAL_PREFIX = "library/";
    private static final String DEFAULT_TAG = "latest";
    private static final int MAX_NAME_LENGTH = 255;

    private static final String LABEL = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
    private static final Pattern DOMAIN =
            Pattern.compile("(?:" + LABEL + "(?:\\." + LABEL + ")*|\\[[0-9a-fA-F:]+])(?::[0-9]+)?");
    private static final String COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
    private static final Pattern PATH = Pattern.compile(COMPONENT + "(?:/" + COMPONENT + ")*");
    private static final Pattern TAG = Pattern.compile("\\w[\\w.-]{0,127}");
    private static final Pattern IDENTIFIER = Pattern.compile("[a-f0-9]{64}");

    private final String domain;
    private final String path;
    private final @Nullable String tag;
    private final @Nullable Digest digest;

    private Reference(String domain, String path, @Nullable String tag, @Nullable Digest digest) {
        this.domain = domain;
        this.path = path;
        this.tag = tag;
        this.digest = digest;
    }

    /**
     * Reads and normalises a name.
     *
     * @throws IllegalArgumentException with a sentence that says what is wrong with it
     */
    public static Reference parse(String text) {
        if (IDENTIFIER.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "image name \"" + text + "\" is an identifier, not a name");
        }
        var parts = Parts.of(text);
        var domain = parts.domain();
        require(DOMAIN.matcher(domain).matches(), text, "\"" + domain + "\" is not a host name");
        var path = parts.path();
        if (domain.equals(DEFAULT_DOMAIN) && path.indexOf('/') < 0) {
            path = OFFICIAL_PREFIX + path;
        }
        require(
                PATH.matcher(path).matches(),
                text,
                "\""
                        + parts.path()
                        + "\" is not a repository: lower case letters and digits, separated by one"
                        + " of . _ __ - and /");
        require(
                domain.length() + 1 + path.length() <= MAX_NAME_LENGTH,
                text,
                "longer than " + MAX_NAME_LENGTH + " characters");
        return new Reference(domain, path, parts.checkedTag(text), parts.checkedDigest(text));
    }

    private static void require(boolean fine, String text, String why) {
        if (!fine) {
            throw new IllegalArgumentException("image name \"" + text + "\": " + why);
        }
    }

    /** A name cut at its separators, not yet checked. */
    private record Parts(
            String domain, String path, @Nullable String tag, @Nullable String digest) {
        static Parts of(String text) {
            int at = text.indexOf('@');
            var digest = at < 0 ? null : text.substring(at + 1);
            var name = at < 0 ? text : text.substring(0, at);
            int slash = name.indexOf('/');
            int colon = name.lastIndexOf(':');
            boolean tagged = colon > name.lastIndexOf('/');
            var tag = tagged ? name.substring(colon + 1) : null;
            var untagged = tagged ? name.substring(0, colon) : name;
            if (slash < 0 || !isDomain(name.substring(0, slash))) {
                return new Parts(DEFAULT_DOMAIN, untagged, tag, digest);
            }
            var domain = name.substring(0, slash);
            return new Parts(
                    domain.equals(OLD_DEFAULT_DOMAIN) ? DEFAULT_DOMAIN : domain,
                    untagged.substring(slash + 1),
                    tag,
                    digest);
        }

        /** Docker's rule: what looks like a host is one, and upper case cannot be a repository. */
        private static boolean isDomain(String first) {
            return first.indexOf('.') >= 0
                    || first.indexOf(':') >= 0
                    || first.equals("localhost")
                    || !first.chars().noneMatch(Character::isUpperCase);
        }

        @Nullable String checkedTag(String text) {
            if (tag == null) {
                return digest == null ? DEFAULT_TAG : null;
            }
            require(TAG.matcher(tag).matches(), text, "\"" + tag + "\" is not a tag");
            return tag;
        }

        @Nullable Digest checkedDigest(String text) {
            if (digest == null) {
                return null;
            }
            try {
                return Digest.parse(digest);
            } catch (IllegalArgumentException wrong) {
                throw new IllegalArgumentException(
                        "image name \"" + text + "\": " + wrong.getMessage(), wrong);
            }
        }
    }

    /** {@return the registry's host, with its port if it has one} */
    public String domain() {
        return domain;
    }

    /** {@return the repository within the registry} */
    public String path() {
        return path;
    }

    /** {@return the tag, if it was given or is the default} */
    public Optional<String> tag() {
        return Optional.ofNullable(tag);
    }

    /** {@return the digest, if it was given} */
    public Optional<Digest> digest() {
        return Optional.ofNullable(digest);
    }

    /** {@return registry and repository, {@code docker.io/library/busybox}} */
    public String repository() {
        return domain + "/" + path;
    }

    /** {@return what a registry is asked for: the digest if there is one, else the tag} */
    public String target() {
        return digest != null ? digest.toString() : Objects.requireNonNull(tag);
    }

    /** {@return the name with its tag only, {@code docker.io/library/busybox:latest}} */
    public Optional<String> tagged() {
        return tag().map(present -> repository() + ":" + present);
    }

    /** {@return the same repository at a digest, {@code docker.io/library/busybox@sha256:…}} */
    public String at(Digest other) {
        return repository() + "@" + other;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Reference that && toString().equals(that.toString());
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }

    /** {@return the whole normalised name} */
    @Override
    public String toString() {
        return repository() + (tag == null ? "" : ":" + tag) + (digest == null ? "" : "@" + digest);
    }
}
