package io.demitasse.storage.image;

import java.util.List;
import java.util.stream.Stream;

/**
 * How a container of an image starts unless told otherwise. What the image does not say is empty.
 *
 * @param user {@code USER}, {@code UID}, {@code USER:GROUP} or empty for root
 */
public record ImageConfig(
        List<String> entrypoint,
        List<String> command,
        List<String> environment,
        String workingDirectory,
        String user,
        String stopSignal) {
    /** Longer than every name that an operating system takes. */
    static final int MAX_USER_CHARACTERS = 1024;

    private static final int TEXT_BYTES = 64;

    /** Says nothing. */
    static final ImageConfig NONE = new ImageConfig(List.of(), List.of(), List.of(), "", "", "");

    /** Copies. */
    public ImageConfig {
        entrypoint = List.copyOf(entrypoint);
        command = List.copyOf(command);
        environment = List.copyOf(environment);
    }

    /** {@return about how much memory it takes} */
    int costBytes() {
        return Stream.of(
                        entrypoint,
                        command,
                        environment,
                        List.of(workingDirectory, user, stopSignal))
                .flatMap(List::stream)
                .mapToInt(text -> TEXT_BYTES + 2 * text.length())
                .sum();
    }
}
