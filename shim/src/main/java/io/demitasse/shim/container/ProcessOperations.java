package io.demitasse.shim.container;

import io.demitasse.shim.plan.Operation;
import io.demitasse.shim.plan.PrivilegeOperation.ConfineAtExec;
import io.demitasse.shim.plan.PrivilegeOperation.DropBounding;
import io.demitasse.shim.plan.PrivilegeOperation.GiveStreams;
import io.demitasse.shim.plan.PrivilegeOperation.LoadSeccomp;
import io.demitasse.shim.plan.PrivilegeOperation.SetCapabilities;
import io.demitasse.shim.plan.PrivilegeOperation.SetIds;
import io.demitasse.shim.plan.PrivilegeOperation.SetNoNewPrivileges;
import io.demitasse.shim.plan.ProcessOperation.ChangeDirectory;
import io.demitasse.shim.plan.ProcessOperation.Execute;
import io.demitasse.shim.plan.ProcessOperation.LimitResource;
import io.demitasse.shim.plan.ProcessOperation.OpenNull;
import io.demitasse.shim.plan.ProcessOperation.SetUmask;
import io.demitasse.shim.plan.StandardStreams;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The last part of each plan: from a root process in the container to the user's program. */
final class ProcessOperations {
    private static final int UMASK = 0022;
    private static final String PATH = "PATH=";
    private static final String DEFAULT_PATH =
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private ProcessOperations() {}

    /**
     * Limits first, identity next, program last. Without no_new_privs a filter takes CAP_SYS_ADMIN
     * to load, so it goes before the capabilities do; with it, nothing but the exec follows the
     * filter, so that a strict one need not allow what we still had to do. The AppArmor profile is
     * named before both: the change happens at the exec, which would be refused if a confined
     * daemon's process named it with no_new_privs.
     *
     * <p>What only a root of the node may do comes before the operations that enter the user
     * namespace: limits, and streams that it has no ids for.
     */
    static List<Operation> of(ProcessSpec process, List<Operation> userNamespace) {
        var operations = new ArrayList<Operation>();
        for (var limit : process.rlimits()) {
            operations.add(new LimitResource(limit.resource(), limit.soft(), limit.hard()));
        }
        operations.add(new SetUmask(UMASK));
        operations.add(new ChangeDirectory(process.workingDirectory(), true));
        process.ids()
                .ifPresent(ids ->
                        operations.add(new GiveStreams(ids.uid(process.credentials().uid()))));
        operations.addAll(userNamespace);
        var confinement = process.confinement();
        confinement
                .appArmorProfile()
                .ifPresent(profile -> operations.add(new ConfineAtExec(profile)));
        if (confinement.noNewPrivileges()) {
            operations.add(new SetNoNewPrivileges());
        } else {
            confinement.seccomp().ifPresent(filter -> operations.add(new LoadSeccomp(filter)));
        }
        var may = process.capabilities();
        operations.add(new DropBounding(may.bounding()));
        var who = process.credentials();
        operations.add(new SetIds(who.uid(), who.gid(), who.groups()));
        operations.add(
                new SetCapabilities(
                        may.effective(), may.permitted(), may.inheritable(), may.ambient()));
        if (confinement.noNewPrivileges()) {
            confinement.seccomp().ifPresent(filter -> operations.add(new LoadSeccomp(filter)));
        }
        operations.add(
                new Execute(candidates(process), process.arguments(), process.environment()));
        return operations;
    }

    /** Opens what is to be the null device; a terminal takes the place of all streams. */
    static List<Operation> nulls(StandardStreams streams, ProcessSpec process) {
        return streams.nulls().isEmpty() || process.terminal().isPresent()
                ? List.of()
                : List.of(new OpenNull(streams.nulls()));
    }

    /** {@return where execvp(3) would look} */
    static List<String> candidates(ProcessSpec process) {
        var command = process.arguments().getFirst();
        if (command.contains("/") || command.isEmpty()) {
            return List.of(command);
        }
        var path =
                process.environment().stream()
                        .map(word -> StandardCharsets.UTF_8.decode(word.duplicate()).toString())
                        .filter(word -> word.startsWith(PATH))
                        .map(word -> word.substring(PATH.length()))
                        .findFirst()
                        .orElse(DEFAULT_PATH);
        var candidates = new ArrayList<String>();
        for (var directory : path.split(":", -1)) {
            candidates.add(directory.isEmpty() ? "./" + command : directory + "/" + command);
        }
        return candidates;
    }
}
