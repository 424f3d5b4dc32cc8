package io.demitasse.daemon.runtime;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.demitasse.cri.v1.RuntimeCondition;
import io.demitasse.cri.v1.RuntimeFeatures;
import io.demitasse.cri.v1.RuntimeHandler;
import io.demitasse.cri.v1.RuntimeHandlerFeatures;
import io.demitasse.cri.v1.RuntimeStatus;
import io.demitasse.cri.v1.StatusRequest;
import io.demitasse.cri.v1.StatusResponse;
import io.demitasse.daemon.call.Handler;
import java.util.List;
import java.util.Map;

/** Tells whether pods can be run here, what this runtime can do, and what this node lacks. */
public final class Status implements Handler<StatusRequest, StatusResponse> {
    private final List<Limitation> limitations;
    private final Map<String, String> configuration;

    /**
     * Something that a node usually has and this one does not.
     *
     * @param subject what is missing, {@code cgroup controller memory}
     * @param consequence what does not work because of it
     */
    public record Limitation(String subject, String consequence) {}

    /**
     * Reports these.
     *
     * @param configuration what the daemon was started with, for {@code verbose}
     */
    public Status(List<Limitation> limitations, Map<String, String> configuration) {
        this.limitations = List.copyOf(limitations);
        this.configuration = Map.copyOf(configuration);
    }

    @Override
    public StatusResponse handle(StatusRequest request) {
        var response =
                StatusResponse.newBuilder()
                        .setStatus(
                                RuntimeStatus.newBuilder()
                                        .addConditions(runtimeReady(limitations))
                                        .addConditions(
                                                RuntimeCondition.newBuilder()
                                                        .setType("NetworkReady")
                                                        .setStatus(true)))
                        .addRuntimeHandlers(
                                RuntimeHandler.newBuilder()
                                        .setName("")
                                        .setFeatures(
                                                RuntimeHandlerFeatures.newBuilder()
                                                        .setRecursiveReadOnlyMounts(true)
                                                        .setUserNamespaces(
                                                                UserNamespaces.areAvailable())))
                        .setFeatures(
                                RuntimeFeatures.newBuilder()
                                        .setSupplementalGroupsPolicy(true)
                                        .setMountOptions(true));
        if (request.getVerbose()) {
            response.putInfo("config", info());
        }
        return response.build();
    }

    private static RuntimeCondition runtimeReady(List<Limitation> missing) {
        var ready = RuntimeCondition.newBuilder().setType("RuntimeReady").setStatus(true);
        if (!missing.isEmpty()) {
            ready.setReason("NodeIsLimited")
                    .setMessage(
                            String.join(
                                    "; ",
                                    missing.stream()
                                            .map(one -> one.subject() + ": " + one.consequence())
                                            .toList()));
        }
        return ready.build();
    }

    private String info() {
        var info = new JsonObject();
        configuration.forEach(info::addProperty);
        var list = new JsonArray();
        limitations.forEach(one -> list.add(one.subject() + ": " + one.consequence()));
        info.add("limitations", list);
        return info.toString();
    }
}
