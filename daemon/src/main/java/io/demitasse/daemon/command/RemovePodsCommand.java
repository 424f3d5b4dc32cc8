package io.demitasse.daemon.command;

import io.demitasse.cri.v1.ListPodSandboxRequest;
import io.demitasse.cri.v1.RemovePodSandboxRequest;
import io.demitasse.cri.v1.RuntimeServiceGrpc;
import io.demitasse.cri.v1.StopPodSandboxRequest;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code demitasse remove-pods}: stops and removes every pod, as before the end of a trial. */
@Command(name = "remove-pods", hidden = true, description = "Stop and remove every pod.")
final class RemovePodsCommand implements Callable<Integer> {
    @Mixin private ListenOption listen = new ListenOption();

    @Override
    public Integer call() throws IOException {
        try (var connection = listen.connect()) {
            var runtime = RuntimeServiceGrpc.newBlockingStub(connection.channel());
            for (var pod :
                    runtime.listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
                            .getItemsList()) {
                runtime.stopPodSandbox(
                        StopPodSandboxRequest.newBuilder().setPodSandboxId(pod.getId()).build());
                runtime.removePodSandbox(
                        RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod.getId()).build());
                System.out.println("removed " + pod.getId());
            }
            return 0;
        }
    }
}
