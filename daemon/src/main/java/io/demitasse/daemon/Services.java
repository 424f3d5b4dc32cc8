package io.demitasse.daemon;

import io.demitasse.cri.v1.RuntimeServiceGrpc;
import io.demitasse.daemon.call.EncodedStream;
import io.demitasse.daemon.configuration.CgroupSettings.UnenforceableLimits;
import io.demitasse.daemon.configuration.Configuration;
import io.demitasse.daemon.configuration.RegistrySettings;
import io.demitasse.daemon.diagnosis.DumpThreads;
import io.demitasse.daemon.event.EventLog;
import io.demitasse.daemon.event.EventLoop;
import io.demitasse.daemon.image.AdminEndpoint;
import io.demitasse.daemon.image.Check;
import io.demitasse.daemon.image.Explain;
import io.demitasse.daemon.image.ImageFsInfo;
import io.demitasse.daemon.image.ImageServiceEndpoint;
import io.demitasse.daemon.image.ImageStatus;
import io.demitasse.daemon.image.ListImages;
import io.demitasse.daemon.image.ListPulls;
import io.demitasse.daemon.image.Load;
import io.demitasse.daemon.image.Logins;
import io.demitasse.daemon.image.PullImage;
import io.demitasse.daemon.image.Push;
import io.demitasse.daemon.image.RemoveImage;
import io.demitasse.daemon.image.Save;
import io.demitasse.daemon.image.StreamImages;
import io.demitasse.daemon.image.Tag;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.lifecycle.Names;
import io.demitasse.daemon.lifecycle.Pod;
import io.demitasse.daemon.lifecycle.Pods;
import io.demitasse.daemon.metrics.ImageFigures;
import io.demitasse.daemon.runtime.AppArmorProfiles;
import io.demitasse.daemon.runtime.Attach;
import io.demitasse.daemon.runtime.CgroupPlacement;
import io.demitasse.daemon.runtime.Cgroups;
import io.demitasse.daemon.runtime.ContainerEnds;
import io.demitasse.daemon.runtime.ContainerEvents;
import io.demitasse.daemon.runtime.ContainerExec;
import io.demitasse.daemon.runtime.ContainerLauncher;
import io.demitasse.daemon.runtime.ContainerPaths;
import io.demitasse.daemon.runtime.ContainerStats;
import io.demitasse.daemon.runtime.ContainerStatus;
import io.demitasse.daemon.runtime.ContainerTeardown;
import io.demitasse.daemon.runtime.ContainerWatch;
import io.demitasse.daemon.runtime.CreateContainer;
import io.demitasse.daemon.runtime.Exec;
import io.demitasse.daemon.runtime.ExecSync;
import io.demitasse.daemon.runtime.GetContainerEvents;
import io.demitasse.daemon.runtime.Ids;
import io.demitasse.daemon.runtime.InfraInit;
import io.demitasse.daemon.runtime.ListContainerStats;
import io.demitasse.daemon.runtime.ListContainers;
import io.demitasse.daemon.runtime.ListMetricDescriptors;
import io.demitasse.daemon.runtime.ListPodSandbox;
import io.demitasse.daemon.runtime.ListPodSandboxMetrics;
import io.demitasse.daemon.runtime.ListPodSandboxStats;
import io.demitasse.daemon.runtime.PodMetricsReader;
import io.demitasse.daemon.runtime.PodSandboxStats;
import io.demitasse.daemon.runtime.PodSandboxStatus;
import io.demitasse.daemon.runtime.PodStatsReader;
import io.demitasse.daemon.runtime.PodTeardown;
import io.demitasse.daemon.runtime.PortForward;
import io.demitasse.daemon.runtime.ProcessSpecs;
import io.demitasse.daemon.runtime.RemoveContainer;
import io.demitasse.daemon.runtime.RemovePodSandbox;
import io.demitasse.daemon.runtime.ReopenContainerLog;
import io.demitasse.daemon.runtime.RunPodSandbox;
import io.demitasse.daemon.runtime.RuntimeConfig;
import io.demitasse.daemon.runtime.RuntimeServiceEndpoint;
import io.demitasse.daemon.runtime.RuntimeServiceEndpoint.ContainerHandlers;
import io.demitasse.daemon.runtime.RuntimeServiceEndpoint.NodeHandlers;
import io.demitasse.daemon.runtime.RuntimeServiceEndpoint.PodHandlers;
import io.demitasse.daemon.runtime.RuntimeServiceEndpoint.StreamHandlers;
import io.demitasse.daemon.runtime.SecurityChoices;
import io.demitasse.daemon.runtime.StartContainer;
import io.demitasse.daemon.runtime.StatsReader;
import io.demitasse.daemon.runtime.Status;
import io.demitasse.daemon.runtime.StopContainer;
import io.demitasse.daemon.runtime.StopPodSandbox;
import io.demitasse.daemon.runtime.StreamPodSandboxMetrics;
import io.demitasse.daemon.runtime.StreamPodSandboxStats;
import io.demitasse.daemon.runtime.StreamUrls;
import io.demitasse.daemon.runtime.UpdateContainerResources;
import io.demitasse.daemon.runtime.UpdateRuntimeConfig;
import io.demitasse.daemon.runtime.UserNamespaces;
import io.demitasse.daemon.runtime.Version;
import io.demitasse.daemon.store.RecordDirectory;
import io.demitasse.daemon.stream.StreamingServer;
import io.demitasse.linux.cgroup.CgroupHierarchy;
import io.demitasse.linux.process.OpenFilesLimit;
import io.demitasse.linux.security.AppArmor;
import io.demitasse.sandbox.SandboxPaths;
import io.demitasse.sandbox.Sandboxes;
import io.demitasse.sandbox.network.NetworkConfig;
import io.demitasse.sandbox.network.RoutedNetwork;
import io.demitasse.sandbox.network.Subnet;
import io.demitasse.shim.launch.Spawner;
import io.demitasse.storage.credential.CredentialFiles;
import io.demitasse.storage.endpoint.HostDirectories;
import io.demitasse.storage.endpoint.Proxies;
import io.demitasse.storage.endpoint.RegistriesFile;
import io.demitasse.storage.image.ImagePushes;
import io.demitasse.storage.image.ImageStore;
import io.demitasse.storage.overlay.Snapshots;
import io.demitasse.storage.registry.RegistryAccess;
import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Who works with whom: every collaborator of every call is made and handed over here. */
final class Services implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(Services.class.getName());
    private static final int MAILBOX_THREADS = 2;

    private final InstantSource clock = InstantSource.system();
    private final Pods pods = new Pods();
    private final Names<Pod> podNames = new Names<>();
    private final Names<Container> containerNames = new Names<>();
    private final SecurityChoices security = new SecurityChoices();
    private final ExecutorService mailboxes =
            Executors.newFixedThreadPool(
                    MAILBOX_THREADS, Thread.ofPlatform().name("mailbox-", 1).factory());
    private final EventLog log;
    private final ContainerEvents events;
    private final AppArmorProfiles profiles = new AppArmorProfiles(AppArmor.ofKernel());

    private final Configuration configuration;
    private final CgroupPlacement placement;
    private final Spawner spawner;
    private final ImageStore images;
    private final Snapshots snapshots;
    private final RoutedNetwork network;
    private final Sandboxes sandboxes;
    private final Cgroups cgroups;
    private final RecordDirectory sandboxRecords;
    private final RecordDirectory containerRecords;
    private final ContainerPaths containerPaths;
    private final ContainerEnds ends;
    private final ContainerWatch watch;
    private final ContainerTeardown containerTeardown;
    private final PodTeardown podTeardown;
    private final ProcessSpecs processes;
    private final StreamingServer streaming;

    static Services open(
            Configuration configuration,
            ServicePaths paths,
            CgroupPlacement placement,
            Spawner spawner,
            EventLoop loop,
            EventLog log)
            throws IOException {
        return new Services(configuration, paths, placement, spawner, loop, log);
    }

    private Services(
            Configuration configuration,
            ServicePaths paths,
            CgroupPlacement placement,
            Spawner spawner,
            EventLoop loop,
            EventLog log)
            throws IOException {
        this.configuration = configuration;
        streaming = StreamingServer.start(configuration.streaming().listen());
        this.placement = placement;
        this.spawner = spawner;
        boolean warnOnly = configuration.cgroup().unenforceableLimits() == UnenforceableLimits.WARN;
        images = store(configuration, paths);
        snapshots = Snapshots.open(paths.root(), images);
        network = network(configuration, paths);
        sandboxes = sandboxes(configuration, paths, network);
        cgroups = new Cgroups(new CgroupHierarchy(placement.root()), warnOnly);
        sandboxRecords = new RecordDirectory(paths.sandboxRecords());
        containerRecords = new RecordDirectory(paths.containerRecords());
        containerPaths = new ContainerPaths(paths.runningContainers());
        this.log = log;
        events = new ContainerEvents(log, clock);
        ends = new ContainerEnds(containerRecords, placement, containerPaths, events, clock);
        watch = new ContainerWatch(loop, ends, events);
        containerTeardown =
                new ContainerTeardown(
                        pods,
                        containerNames,
                        containerRecords,
                        snapshots,
                        placement,
                        containerPaths,
                        events,
                        ends);
        podTeardown =
                new PodTeardown(
                        pods,
                        podNames,
                        sandboxRecords,
                        sandboxes,
                        containerTeardown,
                        placement,
                        cgroups,
                        events);
        processes = new ProcessSpecs(security, profiles, OpenFilesLimit.raise(), !warnOnly);
    }

    private static Sandboxes sandboxes(
            Configuration configuration, ServicePaths paths, RoutedNetwork network)
            throws IOException {
        return Sandboxes.open(
                paths.state(), network, configuration.network().unprivileged(), Ids::random);
    }

    private static ImageStore store(Configuration configuration, ServicePaths paths)
            throws IOException {
        var chosen = configuration.registry();
        return ImageStore.open(paths.root(), registries(chosen), chosen.keepsBlobs());
    }

    private static RegistryAccess registries(RegistrySettings chosen) {
        return RegistryAccess.of(
                        new HostDirectories(
                                chosen.hostDirectories(),
                                new RegistriesFile(chosen.registriesFile())),
                        new CredentialFiles(chosen.authFiles()))
                .with(Proxies.of(System.getenv()));
    }

    private static RoutedNetwork network(Configuration configuration, ServicePaths paths)
            throws IOException {
        var chosen = configuration.network();
        var state = new SandboxPaths(paths.state());
        return RoutedNetwork.open(
                new NetworkConfig(
                        chosen.bridge(),
                        Subnet.parse(chosen.subnet()),
                        chosen.mtu(),
                        NetworkConfig.DEFAULT.masquerade()),
                state.leases(chosen.bridge()),
                state.ports(chosen.bridge()));
    }

    /** Finds what earlier daemons left; to be called once, before anything is served. */
    void recover() throws IOException {
        new Recovery(
                        new Recovery.Stores(
                                sandboxRecords, containerRecords, pods, podNames, containerNames),
                        sandboxes,
                        placement,
                        containerPaths,
                        containerTeardown,
                        watch,
                        ends,
                        mailboxes)
                .run();
        Thread.ofPlatform().name("warm-up").daemon().start(this::warmUp);
    }

    /** What the first pod would have to wait for otherwise; if it fails, that pod will say why. */
    private void warmUp() {
        security.prepare();
        profiles.prepare();
        try {
            network.prepare();
            sandboxes.keepReady(configuration.network().readyPods());
        } catch (IOException failure) {
            LOGGER.log(Level.WARNING, "network is not ready yet, ignoring", failure);
        }
    }

    List<BindableService> endpoints() {
        var pinned = configuration.registry().pinnedImages();
        var list = new ListImages(images, pinned);
        return List.of(
                this::runtimeService,
                new ImageServiceEndpoint(
                        new ImageServiceEndpoint.Handlers(
                                list,
                                new StreamImages(list),
                                new ImageStatus(images, pinned),
                                new PullImage(images),
                                new RemoveImage(images),
                                new ImageFsInfo(images, snapshots, configuration.root(), clock))),
                admin());
    }

    /** {@return the figures of this daemon} */
    ImageFigures figures() {
        return new ImageFigures(images, new ImagePushes(images));
    }

    private AdminEndpoint admin() {
        return new AdminEndpoint(
                new AdminEndpoint.Handlers(
                        new Load(images),
                        new ListPulls(images),
                        new Tag(images),
                        new Save(images),
                        new Push(images, new ImagePushes(images)),
                        new Logins(images.registries(), configuration.registry().authFiles()),
                        new Explain(images.registries()),
                        new Check(images),
                        new DumpThreads()));
    }

    private ServerServiceDefinition runtimeService() {
        return EncodedStream.in(
                new RuntimeServiceEndpoint(
                                podHandlers(),
                                containerHandlers(),
                                streamHandlers(),
                                nodeHandlers())
                        .bindService(),
                RuntimeServiceGrpc.getGetContainerEventsMethod(),
                new GetContainerEvents(log));
    }

    private StatsReader stats() {
        return new StatsReader(placement, snapshots, configuration.root(), clock);
    }

    private PodHandlers podHandlers() {
        var reader = new PodStatsReader(stats(), placement, sandboxes, clock);
        var listStats = new ListPodSandboxStats(pods, reader);
        var metrics = new PodMetricsReader(stats(), sandboxes);
        var listMetrics = new ListPodSandboxMetrics(pods, metrics);
        return new PodHandlers(
                new RunPodSandbox(
                        pods,
                        podNames,
                        sandboxRecords,
                        sandboxes,
                        infra(),
                        new UserNamespaces(infra(), sandboxes, snapshots),
                        mailboxes,
                        events,
                        clock),
                new StopPodSandbox(pods, podTeardown),
                new RemovePodSandbox(pods, podTeardown),
                new PodSandboxStatus(pods, placement, clock),
                new ListPodSandbox(pods),
                new PodSandboxStats(pods, reader),
                listStats,
                new StreamPodSandboxStats(listStats),
                new ListMetricDescriptors(),
                listMetrics,
                new StreamPodSandboxMetrics(listMetrics));
    }

    private ContainerHandlers containerHandlers() {
        var launcher =
                new ContainerLauncher(
                        spawner,
                        sandboxes,
                        snapshots,
                        cgroups,
                        placement,
                        containerPaths,
                        infra(),
                        processes);
        return new ContainerHandlers(
                new CreateContainer(
                        pods,
                        containerNames,
                        containerRecords,
                        images,
                        snapshots,
                        cgroups,
                        events,
                        profiles,
                        clock),
                new StartContainer(pods, launcher, watch, ends),
                new StopContainer(pods, containerTeardown),
                new RemoveContainer(pods, containerTeardown),
                new ContainerStatus(pods, placement),
                new ListContainers(pods),
                new UpdateContainerResources(pods, containerRecords, cgroups, placement),
                new ReopenContainerLog(pods, containerPaths),
                new ExecSync(pods, exec()),
                new ContainerStats(pods, stats()),
                new ListContainerStats(pods, stats()));
    }

    private InfraInit infra() {
        return new InfraInit(spawner, cgroups, placement);
    }

    private ContainerExec exec() {
        return new ContainerExec(spawner, placement, processes);
    }

    private StreamHandlers streamHandlers() {
        var urls = new StreamUrls(streaming);
        return new StreamHandlers(
                new Exec(pods, exec(), urls),
                new Attach(pods, containerPaths, urls),
                new PortForward(pods, sandboxes, urls));
    }

    private NodeHandlers nodeHandlers() {
        var version = Services.class.getPackage().getImplementationVersion();
        return new NodeHandlers(
                new Version(version == null ? "development" : version),
                new Status(
                        NodeLimitations.of(cgroups, profiles),
                        NodeLimitations.describe(configuration)),
                new RuntimeConfig(),
                new UpdateRuntimeConfig(Subnet.parse(configuration.network().subnet())));
    }

    @Override
    public void close() throws IOException {
        streaming.close();
        mailboxes.shutdown();
        sandboxes.close();
        snapshots.close();
        images.close();
    }
}
