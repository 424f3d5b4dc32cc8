package io.demitasse.storage.registry;

/**
 * An operating system and a processor, in OCI's words.
 *
 * @param variant {@code v8}, or empty where there is none
 */
public record Platform(String os, String architecture, String variant) {
    /** {@return the platform that we run on} */
    public static Platform current() {
        return switch (System.getProperty("os.arch")) {
            case "amd64", "x86_64" -> new Platform("linux", "amd64", "");
            case "aarch64" -> new Platform("linux", "arm64", "v8");
            case String other -> new Platform("linux", other, "");
        };
    }

    /** {@return whether an image for the other platform runs on this one} */
    boolean runs(Platform other) {
        boolean sameVariant =
                other.variant.isEmpty() || variant.isEmpty() || variant.equals(other.variant);
        return os.equals(other.os) && architecture.equals(other.architecture) && sameVariant;
    }

    @Override
    public String toString() {
        return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
    }
}
