package io.demitasse.shim.container;

import io.demitasse.shim.plan.LaunchPlan;
import io.demitasse.shim.plan.Monitor;
import io.demitasse.shim.plan.NamespaceKind;
import io.demitasse.shim.plan.Operation;
import io.demitasse.shim.plan.PrivilegeOperation.SetFilesystemIds;
import io.demitasse.shim.plan.ProcessOperation.AdjustOomScore;
import io.demitasse.shim.plan.ProcessOperation.CloneProcess;
import io.demitasse.shim.plan.ProcessOperation.JoinSessionKeyring;
import io.demitasse.shim.plan.ProcessOperation.OpenTerminal;
import io.demitasse.shim.plan.ProcessOperation.SetNamespace;
import io.demitasse.shim.plan.ProcessOperation.StartSession;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Compiles a further process of a running container into the plan that starts it. */
public final class ExecPlan {
    private ExecPlan() {}

    /** {@return the plan that starts this process} */
    public static LaunchPlan of(ExecSpec spec) {
        var operations = new ArrayList<Operation>();
        var init = spec.init().fd();
        // Of a namespace that the shim is in already, the kernel makes nothing.
        operations.add(ContainerPlan.join(init, NamespaceKind.PID));
        operations.add(new CloneProcess(Set.of(), Optional.of(spec.cgroup())));
        // First: where a procfs is masked, a user namespace may not mount another.
        var process = spec.process();
        operations.add(
                new AdjustOomScore(process.oomScore().value(), process.oomScore().required()));
        operations.add(
                new SetNamespace(
                        init,
                        EnumSet.of(
                                NamespaceKind.NETWORK,
                                NamespaceKind.IPC,
                                NamespaceKind.UTS,
                                NamespaceKind.CGROUP,
                                NamespaceKind.MOUNT)));
        operations.addAll(ProcessOperations.nulls(spec.streams(), process));
        operations.add(new StartSession());
        operations.add(new JoinSessionKeyring());
        process.terminal()
                .ifPresent(terminal ->
                        operations.add(
                                new OpenTerminal(
                                        terminal.rows(),
                                        terminal.columns(),
                                        hostUid(process),
                                        false)));
        var entered = new ArrayList<Operation>();
        for (var ids : process.ids().stream().toList()) {
            operations.add(new SetFilesystemIds(ids.uid(0), ids.gid(0)));
            entered.add(ContainerPlan.join(init, NamespaceKind.USER));
        }
        operations.addAll(ProcessOperations.of(process, entered));
        return new LaunchPlan(new Monitor.Exec(), spec.streams(), operations);
    }

    private static int hostUid(ProcessSpec process) {
        int uid = process.credentials().uid();
        return process.ids().map(ids -> ids.uid(uid)).orElse(uid);
    }
}
