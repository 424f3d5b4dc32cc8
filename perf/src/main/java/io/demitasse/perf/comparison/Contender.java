package io.demitasse.perf.comparison;

import io.demitasse.cri.v1.SecurityProfile.ProfileType;
import io.demitasse.cri.v1.VersionRequest;
import io.demitasse.cri.v1.VersionResponse;
import io.demitasse.perf.CriClient;
import io.demitasse.perf.IdlePods;
import io.demitasse.perf.Network;
import io.demitasse.perf.PodCycle;
import io.demitasse.perf.PodTemplate;
import io.demitasse.perf.Timings;
import io.demitasse.perf.process.CgroupCpu;
import io.demitasse.perf.process.CpuMeter;
import io.demitasse.perf.process.ProcFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** One runtime of a comparison: how to reach it, its pods, and what was measured of it so far. */
public final class Contender implements AutoCloseable {
    /**
     * A runtime that runs.
     *
     * @param cgroup the directory of the cgroup that holds it and all its pods
     */
    public record Place(String name, String endpoint, Path cgroup) {
        private static final int PARTS = 3;

        /**
         * Reads {@code NAME,SOCKET,CGROUP}.
         *
         * @throws IllegalArgumentException if it is something else
         */
        public static Place parse(String text) {
            String[] parts = text.split(",", PARTS);
            if (parts.length != PARTS) {
                throw new IllegalArgumentException(text + " is not NAME,SOCKET,CGROUP");
            }
            return new Place(parts[0], parts[1], Path.of(parts[2]));
        }
    }

    /** What the pods of all contenders have in common. */
    public record Terms(String image, Network network, Path logs) {}

    // The kubelet always gives one, and containerd has no statistics of a pod without.
    private static final String CGROUP_PARENT = "/perf";

    private final Place place;
    private final CriClient client;
    private final PodTemplate template;
    private final PodCycle cycle;
    private final CpuMeter cpu;
    private final VersionResponse version;
    private final ProcFiles files;
    private final Timings timings = new Timings(System::nanoTime);
    private final Totals totals = new Totals();
    private final AtomicInteger next = new AtomicInteger();

    /**
     * Connects, and pulls the image if it is not there.
     *
     * @param run distinguishes its pods from those of the other contenders
     */
    public Contender(Place place, Terms terms, long run, ProfileType seccomp, ProcFiles files)
            throws IOException {
        this.place = place;
        this.files = files;
        client = new CriClient(place.endpoint());
        version = client.runtime().version(VersionRequest.getDefaultInstance());
        var logs = terms.logs().resolve(place.name());
        Files.createDirectories(logs);
        template =
                new PodTemplate(
                        run,
                        client.image(terms.image()),
                        terms.network(),
                        CGROUP_PARENT,
                        logs,
                        seccomp);
        cycle = new PodCycle(client, template);
        cpu = CgroupCpu.of(place.cgroup(), files, client.serverPid());
    }

    /** {@return what it is called in the table} */
    public String name() {
        return place.name();
    }

    /** {@return what it says of itself} */
    public VersionResponse version() {
        return version;
    }

    /** {@return how long its calls took} */
    public Timings timings() {
        return timings;
    }

    /** {@return what is not a time of one call} */
    public Totals totals() {
        return totals;
    }

    /** {@return the number of a pod that there was not yet} */
    int nextPod() {
        return next.getAndIncrement();
    }

    CriClient client() {
        return client;
    }

    PodTemplate template() {
        return template;
    }

    PodCycle cycle() {
        return cycle;
    }

    CpuMeter cpu() {
        return cpu;
    }

    ProcFiles files() {
        return files;
    }

    IdlePods.Subject subject() throws IOException {
        return new IdlePods.Subject(files, client.serverPid(), template.command());
    }

    @Override
    public void close() {
        cycle.close();
        client.close();
    }
}
