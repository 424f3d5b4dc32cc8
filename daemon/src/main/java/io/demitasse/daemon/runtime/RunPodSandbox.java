package io.demitasse.daemon.runtime;

import static io.demitasse.cri.v1.ContainerEventType.CONTAINER_CREATED_EVENT;
import static io.demitasse.cri.v1.ContainerEventType.CONTAINER_STARTED_EVENT;
import static io.demitasse.daemon.call.RequestException.exists;

import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.cri.v1.PodSandboxConfig;
import io.demitasse.cri.v1.RunPodSandboxRequest;
import io.demitasse.cri.v1.RunPodSandboxResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Mailbox;
import io.demitasse.daemon.lifecycle.Names;
import io.demitasse.daemon.lifecycle.Pod;
import io.demitasse.daemon.lifecycle.Pods;
import io.demitasse.daemon.record.v1.SandboxRecord;
import io.demitasse.daemon.store.RecordBudget;
import io.demitasse.daemon.store.RecordDirectory;
import io.demitasse.sandbox.DnsConfig;
import io.demitasse.sandbox.IpcMode;
import io.demitasse.sandbox.NetworkMode;
import io.demitasse.sandbox.Sandbox;
import io.demitasse.sandbox.SandboxSpec;
import io.demitasse.sandbox.Sandboxes;
import java.io.IOException;
import java.time.InstantSource;
import java.util.concurrent.Executor;

/**
 * Creates a pod: intent, namespaces and network, its own init if the PID namespace is shared,
 * record.
 *
 * <p>A request that was sent before, and whose pod is ready, gets that pod.
 */
public final class RunPodSandbox implements Handler<RunPodSandboxRequest, RunPodSandboxResponse> {
    /** The file of an intent that tells where the pod's init was to be. */
    public static final String INTENT = "intent";

    private final Pods pods;
    private final Names<Pod> names;
    private final RecordDirectory records;
    private final Sandboxes sandboxes;
    private final InfraInit infra;
    private final UserNamespaces userNamespaces;
    private final Executor mailboxes;
    private final ContainerEvents events;
    private final InstantSource clock;

    /** Creates pods out of these; mailboxes drain on {@code mailboxes}. */
    public RunPodSandbox(
            Pods pods,
            Names<Pod> names,
            RecordDirectory records,
            Sandboxes sandboxes,
            InfraInit infra,
            UserNamespaces userNamespaces,
            Executor mailboxes,
            ContainerEvents events,
            InstantSource clock) {
        this.pods = pods;
        this.names = names;
        this.records = records;
        this.sandboxes = sandboxes;
        this.infra = infra;
        this.userNamespaces = userNamespaces;
        this.mailboxes = mailboxes;
        this.events = events;
        this.clock = clock;
    }

    @Override
    public RunPodSandboxResponse handle(RunPodSandboxRequest request) throws Exception {
        SandboxRequestCheck.check(request.getConfig(), request.getRuntimeHandler());
        var name = KeyOf.pod(request.getConfig().getMetadata());
        var claim = names.claim(name, () -> create(request));
        var pod = claim.owner();
        if (!claim.isNew() && !(pod.isReady() && isSame(pod, request))) {
            throw exists("the name %s belongs to pod sandbox %s", name, pod.id());
        }
        return RunPodSandboxResponse.newBuilder().setPodSandboxId(pod.id()).build();
    }

    private static boolean isSame(Pod pod, RunPodSandboxRequest request) {
        return pod.record().getConfig().equals(request.getConfig());
    }

    private Pod create(RunPodSandboxRequest request) throws Exception {
        // checked with any id, before one is claimed that would have to be given back
        var checked = spec(Ids.random(), request.getConfig());
        long cost = RecordBudget.cost(request.getConfig());
        pods.budget().require(cost);
        sandboxes.requireFreePorts(checked);
        // those that are ready have the node's users
        boolean owned = UserIds.of(request.getConfig()).isPresent();
        var id = owned ? checked.id() : sandboxes.claim(checked);
        try {
            pods.budget().admit(id, cost);
            records.intend(id);
            return commit(id, request, spec(id, request.getConfig()));
        } catch (Exception | Error failure) {
            undo(id, failure);
            throw failure;
        }
    }

    private Pod commit(String id, RunPodSandboxRequest request, SandboxSpec spec)
            throws IOException, RequestException {
        var started =
                SandboxRecord.newBuilder()
                        .setId(id)
                        .setConfig(request.getConfig())
                        .setRuntimeHandler(request.getRuntimeHandler())
                        .setCreatedAt(Timestamps.nanos(clock.instant()));
        var sandbox = sandbox(started.build(), spec);
        var record = started.setAddress(sandbox.address().orElse("")).build();
        var options = request.getConfig().getLinux().getSecurityContext().getNamespaceOptions();
        if (options.getPid() == NamespaceMode.POD) {
            // says which cgroup to end, should this be interrupted before the record is there
            records.put(id, INTENT, record);
            infra.start(record, sandbox).close();
        }
        records.commit(id, record);
        var pod = new Pod(record, new Mailbox(mailboxes), true);
        pod.mailbox()
                .run(() -> {
                    pods.add(pod);
                    events.publish(CONTAINER_CREATED_EVENT, pod);
                    events.publish(CONTAINER_STARTED_EVENT, pod);
                    return pod;
                });
        return pod;
    }

    private Sandbox sandbox(SandboxRecord record, SandboxSpec spec)
            throws IOException, RequestException {
        var ids = UserIds.of(record.getConfig());
        if (ids.isEmpty()) {
            return sandboxes.create(spec);
        }
        records.put(record.getId(), INTENT, record);
        return userNamespaces.create(record, spec, ids.get());
    }

    private void undo(String id, Throwable failure) {
        pods.budget().release(id);
        try {
            var intent = records.get(id, INTENT, SandboxRecord.parser());
            if (intent.isPresent()) {
                infra.undo(intent.get());
            }
            sandboxes.remove(id);
            records.forget(id);
        } catch (IOException | RuntimeException suppressed) {
            // what is left has an intent and no record: the next start removes it
            failure.addSuppressed(suppressed);
        }
    }

    private static SandboxSpec spec(String id, PodSandboxConfig config)
            throws RequestException, IOException {
        var options = config.getLinux().getSecurityContext().getNamespaceOptions();
        var dns = config.getDnsConfig();
        var spec =
                new SandboxSpec(
                        id,
                        options.getNetwork() == NamespaceMode.NODE
                                ? NetworkMode.NODE
                                : NetworkMode.POD,
                        options.getIpc() == NamespaceMode.NODE ? IpcMode.NODE : IpcMode.POD,
                        Hostnames.of(config),
                        new DnsConfig(
                                dns.getServersList(), dns.getSearchesList(), dns.getOptionsList()),
                        config.getLinux().getSysctlsMap(),
                        SandboxSpec.DEFAULT_SHM_BYTES);
        return spec.withPorts(PortMappings.of(config));
    }
}
