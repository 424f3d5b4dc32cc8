package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.ContainerFilter;
import io.demitasse.cri.v1.ContainerResources;
import io.demitasse.cri.v1.ContainerState;
import io.demitasse.cri.v1.ContainerStatus;
import io.demitasse.cri.v1.ContainerUser;
import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.LinuxContainerUser;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.lifecycle.ContainerState.Created;
import io.demitasse.daemon.lifecycle.ContainerState.Ended;
import io.demitasse.daemon.lifecycle.ContainerState.Exited;
import io.demitasse.daemon.lifecycle.ContainerState.Running;
import io.demitasse.daemon.record.v1.ContainerRecord;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A container as CRI shows it. Its state changes while it is looked at: each view reads it once, so
 * that what it shows was true at one moment.
 */
final class ContainerViews {
    private ContainerViews() {}

    private static ContainerState cri(io.demitasse.daemon.lifecycle.ContainerState state) {
        return switch (state) {
            case Created _ -> ContainerState.CONTAINER_CREATED;
            case Running _ -> ContainerState.CONTAINER_RUNNING;
            case Exited _ -> ContainerState.CONTAINER_EXITED;
        };
    }

    /** {@return the container's line in a list, or empty if the filter does not want it} */
    static Optional<io.demitasse.cri.v1.Container> item(
            Container container, ContainerFilter filter) {
        var state = cri(container.state());
        return matches(container, filter)
                        && (!filter.hasState() || filter.getState().getState() == state)
                ? Optional.of(item(container, state))
                : Optional.empty();
    }

    private static io.demitasse.cri.v1.Container item(Container container, ContainerState state) {
        var record = container.record();
        var config = record.getConfig();
        return io.demitasse.cri.v1.Container.newBuilder()
                .setId(container.id())
                .setPodSandboxId(record.getSandboxId())
                .setMetadata(config.getMetadata())
                .setImage(image(record))
                .setImageRef(record.getImageId())
                .setImageId(record.getImageId())
                .setState(state)
                .setCreatedAt(record.getCreatedAt())
                .putAllLabels(config.getLabelsMap())
                .putAllAnnotations(config.getAnnotationsMap())
                .build();
    }

    static ContainerStatus status(Container container) {
        var record = container.record();
        var config = record.getConfig();
        var state = container.state();
        var status =
                ContainerStatus.newBuilder()
                        .setId(container.id())
                        .setMetadata(config.getMetadata())
                        .setState(cri(state))
                        .setCreatedAt(record.getCreatedAt())
                        .setImage(image(record))
                        .setImageRef(record.getImageRef())
                        .setImageId(record.getImageId())
                        .putAllLabels(config.getLabelsMap())
                        .putAllAnnotations(config.getAnnotationsMap())
                        .addAllMounts(config.getMountsList())
                        .setLogPath(logPath(container))
                        .setUser(user(container))
                        .setStopSignal(Signals.named(record.getStopSignal()))
                        .setResources(
                                ContainerResources.newBuilder()
                                        .setLinux(config.getLinux().getResources()));
        switch (state) {
            case Created _ -> {}
            case Running(var startedAt, _) -> status.setStartedAt(Timestamps.nanos(startedAt));
            case Exited(var startedAt, var end) -> {
                startedAt.ifPresent(at -> status.setStartedAt(Timestamps.nanos(at)));
                ended(status, end);
            }
        }
        return status.build();
    }

    /** A kubelet creates containers by the image's id; people know the image by its name. */
    private static ImageSpec image(ContainerRecord record) {
        var requested = record.getConfig().getImage();
        return record.getImageName().isEmpty()
                ? requested
                : requested.toBuilder().setImage(record.getImageName()).build();
    }

    private static boolean matches(Container container, ContainerFilter filter) {
        return container.id().startsWith(filter.getId())
                && container.record().getSandboxId().startsWith(filter.getPodSandboxId())
                && PodViews.hasLabels(
                        container.record().getConfig().getLabelsMap(),
                        filter.getLabelSelectorMap());
    }

    /** {@return where the log is, or an empty string if the request wanted none} */
    static String logPath(Container container) {
        var directory = container.pod().record().getConfig().getLogDirectory();
        var path = container.record().getConfig().getLogPath();
        return directory.isEmpty() || path.isEmpty() ? "" : Path.of(directory, path).toString();
    }

    private static void ended(ContainerStatus.Builder status, Ended end) {
        status.setFinishedAt(Timestamps.nanos(end.at()))
                .setExitCode(end.exitCode())
                .setReason(end.reason())
                .setMessage(end.message());
    }

    private static ContainerUser user(Container container) {
        var process = container.record().getProcess();
        var user =
                LinuxContainerUser.newBuilder().setUid(process.getUid()).setGid(process.getGid());
        process.getSupplementalGroupsList()
                .forEach(group -> user.addSupplementalGroups(Integer.toUnsignedLong(group)));
        return ContainerUser.newBuilder().setLinux(user).build();
    }
}
