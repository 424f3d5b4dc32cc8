package io.demitasse.storage.image;

import java.util.List;
import java.util.Map;

/**
 * How a container of an image starts unless told otherwise. What the image does not say is empty.
 *
 * @param user {@code USER}, {@code UID}, {@code USER:GROUP} or empty for root
 * @param volumes paths that the image declares to be volumes
 */
public record ImageConfig(
        List<String> entrypoint,
        List<String> command,
        List<String> environment,
        String workingDirectory,
        String user,
        List<String> volumes,
        String stopSignal,
        Map<String, String> labels) {
    /** Says nothing. */
    static final ImageConfig NONE =
            new ImageConfig(List.of(), List.of(), List.of(), "", "", List.of(), "", Map.of());

    /** Copies. */
    public ImageConfig {
        entrypoint = List.copyOf(entrypoint);
        command = List.copyOf(command);
        environment = List.copyOf(environment);
        volumes = List.copyOf(volumes);
        labels = Map.copyOf(labels);
    }
}
