package io.demitasse.storage.registry;

import java.util.Locale;
import java.util.Set;

/** What media types say, as tools that push images really write them. */
final class MediaTypes {
    private static final Set<String> IMAGE_CONFIGS =
            Set.of(
                    "application/vnd.oci.image.config.v1+json",
                    "application/vnd.docker.container.image.v1+json");

    /** Left out, or true of anything. */
    private static final Set<String> ANYTHING =
            Set.of("", "application/octet-stream", "application/json", "text/plain");

    private MediaTypes() {}

    /** {@return a type in small letters, without parameters like a character set} */
    static String bare(String type) {
        int semicolon = type.indexOf(';');
        var bare = semicolon < 0 ? type : type.substring(0, semicolon);
        return bare.strip().toLowerCase(Locale.ROOT);
    }

    static boolean isImageConfig(String type) {
        return IMAGE_CONFIGS.contains(bare(type));
    }

    /** {@return whether a type leaves open what something is} */
    static boolean saysNothing(String type) {
        return ANYTHING.contains(bare(type));
    }

    /** {@return whether something may be an archive of files, compressed or encrypted or not} */
    static boolean isLayer(String type) {
        var bare = bare(type);
        return bare.isEmpty()
                || bare.equals("application/octet-stream")
                || bare.contains("tar")
                || bare.contains(".image.layer.")
                || bare.contains("gzip");
    }
}
