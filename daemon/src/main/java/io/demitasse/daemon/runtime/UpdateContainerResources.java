package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.HugepageLimit;
import io.demitasse.cri.v1.LinuxContainerResources;
import io.demitasse.cri.v1.UpdateContainerResourcesRequest;
import io.demitasse.cri.v1.UpdateContainerResourcesResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.lifecycle.ContainerState;
import io.demitasse.daemon.lifecycle.Pods;
import io.demitasse.daemon.record.v1.ContainerRecord;
import io.demitasse.daemon.store.RecordBudget;
import io.demitasse.daemon.store.RecordDirectory;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Changes the limits of a container: in its cgroup if it runs, in its record in any case.
 *
 * <p>What a request leaves at 0 or empty stays as it was. If the kernel refuses a limit, the old
 * ones hold again and the record says so.
 */
public final class UpdateContainerResources
        implements Handler<UpdateContainerResourcesRequest, UpdateContainerResourcesResponse> {
    /** A start takes milliseconds, but it can be held up by another process of the pod. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Lookup lookup;
    private final RecordDirectory records;
    private final Cgroups cgroups;
    private final CgroupPlacement placement;

    /** Changes containers of these pods. */
    public UpdateContainerResources(
            Pods pods, RecordDirectory records, Cgroups cgroups, CgroupPlacement placement) {
        this.lookup = new Lookup(pods);
        this.records = records;
        this.cgroups = cgroups;
        this.placement = placement;
    }

    @Override
    public UpdateContainerResourcesResponse handle(UpdateContainerResourcesRequest request)
            throws RequestException, IOException, InterruptedException {
        var container = lookup.container(request.getContainerId());
        if (!container.exclusive().tryLock(PATIENCE.toNanos(), TimeUnit.NANOSECONDS)) {
            throw RequestException.unavailable(
                    "container %s is being started or removed for more than %d s; try again",
                    container.id(), PATIENCE.toSeconds());
        }
        try {
            lookup.requireWhole(container);
            lookup.container(container.id()); // it may have been removed while we waited
            update(container, request.getLinux());
        } finally {
            container.exclusive().unlock();
        }
        return UpdateContainerResourcesResponse.getDefaultInstance();
    }

    private void update(Container container, LinuxContainerResources wanted)
            throws RequestException, IOException {
        var before = container.record().getConfig().getLinux().getResources();
        var after = merged(before, wanted);
        switch (container.state()) {
            case ContainerState.Created _ -> {
                cgroups.check(after);
                remember(container, after);
            }
            case ContainerState.Running _ -> {
                cgroups.update(
                        placement.container(container.pod().record(), container.id()),
                        before,
                        after);
                remember(container, after);
            }
            case ContainerState.Exited _ ->
                    throw RequestException.state(
                            "container %s ended, it has no limits any more", container.id());
        }
    }

    private void remember(Container container, LinuxContainerResources resources)
            throws RequestException, IOException {
        ContainerRecord.Builder record = container.record().toBuilder();
        record.getConfigBuilder().getLinuxBuilder().setResources(resources);
        var changed = record.build();
        lookup.pods().budget().admit(container.id(), RecordBudget.cost(changed));
        records.commit(container.id(), changed);
        container.promise(changed);
    }

    private static LinuxContainerResources merged(
            LinuxContainerResources before, LinuxContainerResources wanted) {
        Map<String, HugepageLimit> pages = new LinkedHashMap<>();
        before.getHugepageLimitsList().forEach(limit -> pages.put(limit.getPageSize(), limit));
        wanted.getHugepageLimitsList().forEach(limit -> pages.put(limit.getPageSize(), limit));
        return before.toBuilder()
                .mergeFrom(wanted)
                .clearHugepageLimits()
                .addAllHugepageLimits(pages.values())
                .build();
    }
}
