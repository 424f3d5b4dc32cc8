package io.demitasse.daemon.runtime;

import static io.demitasse.cri.v1.ContainerEventType.CONTAINER_CREATED_EVENT;
import static io.demitasse.daemon.call.RequestException.exists;
import static io.demitasse.daemon.call.RequestException.invalid;
import static io.demitasse.daemon.call.RequestException.notFound;
import static io.demitasse.daemon.call.RequestException.state;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.CreateContainerRequest;
import io.demitasse.cri.v1.CreateContainerResponse;
import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.lifecycle.ContainerState;
import io.demitasse.daemon.lifecycle.Names;
import io.demitasse.daemon.lifecycle.Pod;
import io.demitasse.daemon.lifecycle.Pods;
import io.demitasse.daemon.record.v1.ContainerRecord;
import io.demitasse.daemon.store.RecordBudget;
import io.demitasse.daemon.store.RecordDirectory;
import io.demitasse.storage.image.Image;
import io.demitasse.storage.image.ImageConfig;
import io.demitasse.storage.image.ImageStore;
import io.demitasse.storage.overlay.Snapshots;
import java.io.IOException;
import java.time.InstantSource;
import java.util.HashMap;

/**
 * Promises a container: intent, writable layer, record. Nothing runs, and no cgroup exists, yet.
 *
 * <p>A request that was sent before, and whose container was not started, gets that container.
 */
public final class CreateContainer
        implements Handler<CreateContainerRequest, CreateContainerResponse> {
    private final Pods pods;
    private final Lookup lookup;
    private final Names<Container> names;
    private final RecordDirectory records;
    private final ImageStore images;
    private final Snapshots snapshots;
    private final ContainerUsers users;
    private final Cgroups cgroups;
    private final ContainerEvents events;
    private final AppArmorProfiles profiles;
    private final InstantSource clock;

    /** Creates containers in these pods, out of these images. */
    public CreateContainer(
            Pods pods,
            Names<Container> names,
            RecordDirectory records,
            ImageStore images,
            Snapshots snapshots,
            Cgroups cgroups,
            ContainerEvents events,
            AppArmorProfiles profiles,
            InstantSource clock) {
        this.pods = pods;
        this.lookup = new Lookup(pods);
        this.names = names;
        this.records = records;
        this.images = images;
        this.snapshots = snapshots;
        this.users = new ContainerUsers(images);
        this.cgroups = cgroups;
        this.events = events;
        this.profiles = profiles;
        this.clock = clock;
    }

    @Override
    public CreateContainerResponse handle(CreateContainerRequest request) throws Exception {
        var pod = lookup.pod(request.getPodSandboxId());
        var config = request.getConfig();
        check(pod, config);
        var name = KeyOf.container(pod.id(), config.getMetadata());
        var claim = names.claim(name, () -> create(pod, config));
        var container = claim.owner();
        if (!claim.isNew()
                && !(container.state() instanceof ContainerState.Created
                        && container.record().getConfig().equals(config))) {
            throw exists("the name %s belongs to container %s", name, container.id());
        }
        return CreateContainerResponse.newBuilder().setContainerId(container.id()).build();
    }

    private void check(Pod pod, ContainerConfig config) throws RequestException, IOException {
        if (!pod.isReady()) {
            throw stopped(pod);
        }
        ContainerRequestCheck.check(config, pod.record().getConfig().getLogDirectory());
        var security = config.getLinux().getSecurityContext();
        if (security.getPrivileged()
                && !pod.record().getConfig().getLinux().getSecurityContext().getPrivileged()) {
            throw invalid(
                    "container \"%s\" is privileged and its pod sandbox %s is not",
                    config.getMetadata().getName(), pod.id());
        }
        UserIds.check(pod.record().getConfig(), config);
        Volumes.check(config);
        Devices.check(config);
        cgroups.check(config.getLinux().getResources());
        SecurityChoices.capabilities(security);
        profiles.check(security);
    }

    private Container create(Pod pod, ContainerConfig config) throws Exception {
        var image =
                images.find(config.getImage().getImage())
                        .orElseThrow(() ->
                                notFound(
                                        "image %s is not here; pull it first",
                                        config.getImage().getImage()));
        if (images.isArtifact(image)) {
            throw invalid(
                    "image %s is an OCI artifact: it can be mounted as a volume, and not be run",
                    config.getImage().getImage());
        }
        var mounted = ImageMounts.of(config, images);
        var record = record(pod, config, image, mounted);
        pods.budget().admit(record.getId(), RecordBudget.cost(record));
        try {
            records.intend(record.getId());
            snapshots.create(record.getId(), image, mounted.byTarget().values());
            mounted.verify(record.getId(), config, snapshots, images);
            records.commit(record.getId(), record);
        } catch (Exception | Error failure) {
            undo(record.getId(), failure);
            throw failure;
        }
        var container = new Container(pod, record, new ContainerState.Created());
        if (!pod.mailbox().run(() -> publish(container))) {
            var stopped = stopped(pod);
            undo(record.getId(), stopped);
            throw stopped;
        }
        return container;
    }

    /** In the mailbox, where pods are stopped: whoever removes the pod removes what was added. */
    private boolean publish(Container container) {
        boolean wanted = container.pod().isReady();
        if (wanted) {
            pods.add(container);
            events.publish(CONTAINER_CREATED_EVENT, container);
        }
        return wanted;
    }

    private static RequestException stopped(Pod pod) {
        return state("pod sandbox %s is not ready: it was stopped", pod.id());
    }

    private ContainerRecord record(
            Pod pod, ContainerConfig config, Image image, ImageMounts mounted)
            throws RequestException, IOException {
        var defaults = images.config(image);
        var process = ProcessRecords.of(config, defaults, Hostnames.of(pod.record().getConfig()));
        var security = config.getLinux().getSecurityContext();
        users.resolve(security, image, process);
        ExecLimits.check(process.getArgumentsList(), process.getEnvironmentList());
        UserIds.check(pod.record().getConfig(), process);
        process.setSeccompProfile(SecurityChoices.localProfile(security));
        var volumes = new HashMap<String, String>();
        mounted.byTarget().forEach((target, volume) -> volumes.put(target, volume.id()));
        return ContainerRecord.newBuilder()
                .putAllImageVolumes(volumes)
                .setId(Ids.random())
                .setSandboxId(pod.id())
                .setConfig(config)
                .setCreatedAt(Timestamps.nanos(clock.instant()))
                .setImageId(image.id())
                .setImageRef(
                        image.repositoryDigests().isEmpty()
                                ? image.id()
                                : image.repositoryDigests().getFirst())
                .setImageName(imageName(config.getImage(), image))
                .setProcess(process)
                .setStopSignal(stopSignal(config, defaults))
                .build();
    }

    /** What the pod asked for, else what the request says, unless that is only the image's id. */
    private static String imageName(ImageSpec requested, Image image) {
        if (!requested.getUserSpecifiedImage().isEmpty()) {
            return requested.getUserSpecifiedImage();
        }
        var name = requested.getImage();
        boolean isId = image.id().endsWith(name) || image.id().startsWith(name);
        return isId ? image.repositoryTags().stream().findFirst().orElse(name) : name;
    }

    private static int stopSignal(ContainerConfig config, ImageConfig image) {
        return Signals.number(config.getStopSignal())
                .orElseGet(() -> Signals.number(image.stopSignal()).orElse(Signals.SIGTERM));
    }

    private void undo(String id, Throwable failure) {
        pods.budget().release(id);
        try {
            snapshots.remove(id);
            records.forget(id);
        } catch (IOException | RuntimeException suppressed) {
            // what is left has an intent and no record: the next start removes it
            failure.addSuppressed(suppressed);
        }
    }
}
