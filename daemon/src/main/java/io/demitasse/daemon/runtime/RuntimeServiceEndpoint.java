package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.AttachRequest;
import io.demitasse.cri.v1.AttachResponse;
import io.demitasse.cri.v1.ContainerStatsRequest;
import io.demitasse.cri.v1.ContainerStatsResponse;
import io.demitasse.cri.v1.ContainerStatusRequest;
import io.demitasse.cri.v1.ContainerStatusResponse;
import io.demitasse.cri.v1.CreateContainerRequest;
import io.demitasse.cri.v1.CreateContainerResponse;
import io.demitasse.cri.v1.ExecRequest;
import io.demitasse.cri.v1.ExecResponse;
import io.demitasse.cri.v1.ExecSyncRequest;
import io.demitasse.cri.v1.ExecSyncResponse;
import io.demitasse.cri.v1.ListContainerStatsRequest;
import io.demitasse.cri.v1.ListContainerStatsResponse;
import io.demitasse.cri.v1.ListContainersRequest;
import io.demitasse.cri.v1.ListContainersResponse;
import io.demitasse.cri.v1.ListMetricDescriptorsRequest;
import io.demitasse.cri.v1.ListMetricDescriptorsResponse;
import io.demitasse.cri.v1.ListPodSandboxMetricsRequest;
import io.demitasse.cri.v1.ListPodSandboxMetricsResponse;
import io.demitasse.cri.v1.ListPodSandboxRequest;
import io.demitasse.cri.v1.ListPodSandboxResponse;
import io.demitasse.cri.v1.ListPodSandboxStatsRequest;
import io.demitasse.cri.v1.ListPodSandboxStatsResponse;
import io.demitasse.cri.v1.PodSandboxStatsRequest;
import io.demitasse.cri.v1.PodSandboxStatsResponse;
import io.demitasse.cri.v1.PodSandboxStatusRequest;
import io.demitasse.cri.v1.PodSandboxStatusResponse;
import io.demitasse.cri.v1.PortForwardRequest;
import io.demitasse.cri.v1.PortForwardResponse;
import io.demitasse.cri.v1.RemoveContainerRequest;
import io.demitasse.cri.v1.RemoveContainerResponse;
import io.demitasse.cri.v1.RemovePodSandboxRequest;
import io.demitasse.cri.v1.RemovePodSandboxResponse;
import io.demitasse.cri.v1.ReopenContainerLogRequest;
import io.demitasse.cri.v1.ReopenContainerLogResponse;
import io.demitasse.cri.v1.RunPodSandboxRequest;
import io.demitasse.cri.v1.RunPodSandboxResponse;
import io.demitasse.cri.v1.RuntimeConfigRequest;
import io.demitasse.cri.v1.RuntimeConfigResponse;
import io.demitasse.cri.v1.RuntimeServiceGrpc;
import io.demitasse.cri.v1.StartContainerRequest;
import io.demitasse.cri.v1.StartContainerResponse;
import io.demitasse.cri.v1.StatusRequest;
import io.demitasse.cri.v1.StatusResponse;
import io.demitasse.cri.v1.StopContainerRequest;
import io.demitasse.cri.v1.StopContainerResponse;
import io.demitasse.cri.v1.StopPodSandboxRequest;
import io.demitasse.cri.v1.StopPodSandboxResponse;
import io.demitasse.cri.v1.StreamPodSandboxMetricsRequest;
import io.demitasse.cri.v1.StreamPodSandboxMetricsResponse;
import io.demitasse.cri.v1.StreamPodSandboxStatsRequest;
import io.demitasse.cri.v1.StreamPodSandboxStatsResponse;
import io.demitasse.cri.v1.UpdateContainerResourcesRequest;
import io.demitasse.cri.v1.UpdateContainerResourcesResponse;
import io.demitasse.cri.v1.UpdateRuntimeConfigRequest;
import io.demitasse.cri.v1.UpdateRuntimeConfigResponse;
import io.demitasse.cri.v1.VersionRequest;
import io.demitasse.cri.v1.VersionResponse;
import io.demitasse.daemon.call.Calls;
import io.grpc.stub.StreamObserver;

/** RuntimeService on the wire: every call goes to the handler of its name. */
public final class RuntimeServiceEndpoint extends RuntimeServiceGrpc.RuntimeServiceImplBase {
    private final PodHandlers pods;
    private final ContainerHandlers containers;
    private final StreamHandlers streams;
    private final NodeHandlers node;

    /** The calls about pods. */
    public record PodHandlers(
            RunPodSandbox run,
            StopPodSandbox stop,
            RemovePodSandbox remove,
            PodSandboxStatus status,
            ListPodSandbox list,
            PodSandboxStats stats,
            ListPodSandboxStats listStats,
            StreamPodSandboxStats streamStats,
            ListMetricDescriptors listDescriptors,
            ListPodSandboxMetrics listMetrics,
            StreamPodSandboxMetrics streamMetrics) {}

    /** The calls about containers. */
    public record ContainerHandlers(
            CreateContainer create,
            StartContainer start,
            StopContainer stop,
            RemoveContainer remove,
            ContainerStatus status,
            ListContainers list,
            UpdateContainerResources update,
            ReopenContainerLog reopenLog,
            ExecSync execSync,
            ContainerStats stats,
            ListContainerStats listStats) {}

    /** The calls that are answered with a URL. */
    public record StreamHandlers(Exec exec, Attach attach, PortForward portForward) {}

    /** The calls about the runtime itself. */
    public record NodeHandlers(
            Version version,
            Status status,
            RuntimeConfig runtimeConfig,
            UpdateRuntimeConfig updateRuntimeConfig) {}

    /** Delegates to these. */
    public RuntimeServiceEndpoint(
            PodHandlers pods,
            ContainerHandlers containers,
            StreamHandlers streams,
            NodeHandlers node) {
        this.pods = pods;
        this.containers = containers;
        this.streams = streams;
        this.node = node;
    }

    @Override
    public void version(VersionRequest request, StreamObserver<VersionResponse> answer) {
        Calls.unary(request, answer, node.version());
    }

    @Override
    public void status(StatusRequest request, StreamObserver<StatusResponse> answer) {
        Calls.unary(request, answer, node.status());
    }

    @Override
    public void runtimeConfig(
            RuntimeConfigRequest request, StreamObserver<RuntimeConfigResponse> answer) {
        Calls.unary(request, answer, node.runtimeConfig());
    }

    @Override
    public void updateRuntimeConfig(
            UpdateRuntimeConfigRequest request,
            StreamObserver<UpdateRuntimeConfigResponse> answer) {
        Calls.unary(request, answer, node.updateRuntimeConfig());
    }

    @Override
    public void runPodSandbox(
            RunPodSandboxRequest request, StreamObserver<RunPodSandboxResponse> answer) {
        Calls.unary(request, answer, pods.run());
    }

    @Override
    public void stopPodSandbox(
            StopPodSandboxRequest request, StreamObserver<StopPodSandboxResponse> answer) {
        Calls.unary(request, answer, pods.stop());
    }

    @Override
    public void removePodSandbox(
            RemovePodSandboxRequest request, StreamObserver<RemovePodSandboxResponse> answer) {
        Calls.unary(request, answer, pods.remove());
    }

    @Override
    public void podSandboxStatus(
            PodSandboxStatusRequest request, StreamObserver<PodSandboxStatusResponse> answer) {
        Calls.unary(request, answer, pods.status());
    }

    @Override
    public void listPodSandbox(
            ListPodSandboxRequest request, StreamObserver<ListPodSandboxResponse> answer) {
        Calls.unary(request, answer, pods.list());
    }

    @Override
    public void podSandboxStats(
            PodSandboxStatsRequest request, StreamObserver<PodSandboxStatsResponse> answer) {
        Calls.unary(request, answer, pods.stats());
    }

    @Override
    public void listPodSandboxStats(
            ListPodSandboxStatsRequest request,
            StreamObserver<ListPodSandboxStatsResponse> answer) {
        Calls.unary(request, answer, pods.listStats());
    }

    @Override
    public void streamPodSandboxStats(
            StreamPodSandboxStatsRequest request,
            StreamObserver<StreamPodSandboxStatsResponse> answer) {
        Calls.stream(request, answer, pods.streamStats());
    }

    @Override
    public void listMetricDescriptors(
            ListMetricDescriptorsRequest request,
            StreamObserver<ListMetricDescriptorsResponse> answer) {
        Calls.unary(request, answer, pods.listDescriptors());
    }

    @Override
    public void listPodSandboxMetrics(
            ListPodSandboxMetricsRequest request,
            StreamObserver<ListPodSandboxMetricsResponse> answer) {
        Calls.unary(request, answer, pods.listMetrics());
    }

    @Override
    public void streamPodSandboxMetrics(
            StreamPodSandboxMetricsRequest request,
            StreamObserver<StreamPodSandboxMetricsResponse> answer) {
        Calls.stream(request, answer, pods.streamMetrics());
    }

    @Override
    public void createContainer(
            CreateContainerRequest request, StreamObserver<CreateContainerResponse> answer) {
        Calls.unary(request, answer, containers.create());
    }

    @Override
    public void startContainer(
            StartContainerRequest request, StreamObserver<StartContainerResponse> answer) {
        Calls.unary(request, answer, containers.start());
    }

    @Override
    public void stopContainer(
            StopContainerRequest request, StreamObserver<StopContainerResponse> answer) {
        Calls.unary(request, answer, containers.stop());
    }

    @Override
    public void removeContainer(
            RemoveContainerRequest request, StreamObserver<RemoveContainerResponse> answer) {
        Calls.unary(request, answer, containers.remove());
    }

    @Override
    public void containerStatus(
            ContainerStatusRequest request, StreamObserver<ContainerStatusResponse> answer) {
        Calls.unary(request, answer, containers.status());
    }

    @Override
    public void listContainers(
            ListContainersRequest request, StreamObserver<ListContainersResponse> answer) {
        Calls.unary(request, answer, containers.list());
    }

    @Override
    public void updateContainerResources(
            UpdateContainerResourcesRequest request,
            StreamObserver<UpdateContainerResourcesResponse> answer) {
        Calls.unary(request, answer, containers.update());
    }

    @Override
    public void reopenContainerLog(
            ReopenContainerLogRequest request, StreamObserver<ReopenContainerLogResponse> answer) {
        Calls.unary(request, answer, containers.reopenLog());
    }

    @Override
    public void execSync(ExecSyncRequest request, StreamObserver<ExecSyncResponse> answer) {
        Calls.unary(request, answer, containers.execSync());
    }

    @Override
    public void containerStats(
            ContainerStatsRequest request, StreamObserver<ContainerStatsResponse> answer) {
        Calls.unary(request, answer, containers.stats());
    }

    @Override
    public void listContainerStats(
            ListContainerStatsRequest request, StreamObserver<ListContainerStatsResponse> answer) {
        Calls.unary(request, answer, containers.listStats());
    }

    @Override
    public void exec(ExecRequest request, StreamObserver<ExecResponse> answer) {
        Calls.unary(request, answer, streams.exec());
    }

    @Override
    public void attach(AttachRequest request, StreamObserver<AttachResponse> answer) {
        Calls.unary(request, answer, streams.attach());
    }

    @Override
    public void portForward(
            PortForwardRequest request, StreamObserver<PortForwardResponse> answer) {
        Calls.unary(request, answer, streams.portForward());
    }
}
