package io.demitasse.daemon.runtime;

import com.google.protobuf.ByteString;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.linux.process.OpenFilesLimit;
import io.demitasse.shim.container.CapabilityMasks;
import io.demitasse.shim.container.Confinement;
import io.demitasse.shim.container.Credentials;
import io.demitasse.shim.container.OomScore;
import io.demitasse.shim.container.ProcessSpec;
import io.demitasse.shim.container.Rlimit;
import io.demitasse.shim.container.Terminal;
import io.demitasse.shim.plan.SeccompFilter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A container's process as the shim is told: who it is and what it may do. */
public final class ProcessSpecs {
    private static final ByteString TERM = ByteString.copyFromUtf8("TERM=");
    private static final ByteString XTERM = ByteString.copyFromUtf8("xterm");

    private final SecurityChoices security;
    private final AppArmorProfiles profiles;
    private final Rlimit openFiles;
    private final boolean oomScoreRequired;

    /**
     * Chooses by these defaults.
     *
     * @param openFiles what processes of containers have, and not what the daemon took for itself
     * @param oomScoreRequired whether an oom_score_adj that the kernel refuses fails the start
     */
    public ProcessSpecs(
            SecurityChoices security,
            AppArmorProfiles profiles,
            OpenFilesLimit openFiles,
            boolean oomScoreRequired) {
        this.security = security;
        this.profiles = profiles;
        this.openFiles = new Rlimit(OpenFilesLimit.RESOURCE, openFiles.soft(), openFiles.hard());
        this.oomScoreRequired = oomScoreRequired;
    }

    /** {@return the container's own process} */
    ProcessSpec init(Container container) throws RequestException {
        boolean terminal = container.record().getConfig().getTty();
        return of(
                container,
                container.record().getProcess().getArgumentsList(),
                terminal ? Optional.of(Terminal.standard()) : Optional.empty());
    }

    /** {@return a further process in the same container, with the same rights} */
    ProcessSpec exec(Container container, List<String> arguments, Optional<Terminal> terminal)
            throws RequestException {
        return of(container, arguments, terminal);
    }

    /**
     * At a terminal programs ask TERM what it understands; the image and the request may say it.
     */
    private static List<ByteBuffer> environment(List<ByteString> variables, boolean terminal) {
        var environment = new ArrayList<ByteBuffer>();
        boolean named = false;
        for (var variable : variables) {
            named |= variable.startsWith(TERM);
            environment.add(variable.asReadOnlyByteBuffer());
        }
        if (terminal && !named) {
            environment.add(TERM.concat(XTERM).asReadOnlyByteBuffer());
        }
        return environment;
    }

    private ProcessSpec of(Container container, List<String> arguments, Optional<Terminal> terminal)
            throws RequestException {
        var process = container.record().getProcess();
        var config = container.record().getConfig().getLinux();
        var context = config.getSecurityContext();
        var bounding = SecurityChoices.capabilities(context);
        var ambient = SecurityChoices.ambient(context).intersection(bounding);
        boolean root = process.getUid() == 0;
        // A user other than root gets none of the set but what is ambient: execve(2) clears the
        // rest, and saying so here keeps it out of the window before execve as well.
        long effective = root ? bounding.bits() : ambient.bits();
        return new ProcessSpec(
                arguments,
                environment(process.getEnvironmentList(), terminal.isPresent()),
                process.getWorkingDirectory(),
                new Credentials(
                        process.getUid(), process.getGid(), process.getSupplementalGroupsList()),
                new CapabilityMasks(
                        bounding.bits(), effective, effective, ambient.bits(), ambient.bits()),
                new Confinement(
                        context.getNoNewPrivs(),
                        security.seccomp(context, bounding, process.getSeccompProfile())
                                .map(program ->
                                        SeccompFilter.of(program.toByteArray(), program.flags())),
                        profiles.profile(context)),
                List.of(openFiles),
                new OomScore(
                        Math.toIntExact(config.getResources().getOomScoreAdj()), oomScoreRequired),
                terminal,
                UserIds.of(container.pod().record().getConfig()));
    }
}
