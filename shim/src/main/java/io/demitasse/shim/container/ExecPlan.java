package io.demitasse.shim.container;

import io.demitasse.shim.plan.LaunchPlan;
import io.demitasse.shim.plan.Monitor;
import io.demitasse.shim.plan.NamespaceKind;
import io.demitasse.shim.plan.Operation;
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
        operations.add(
                new SetNamespace(
                        init,
                        EnumSet.of(
                                NamespaceKind.NETWORK,
                                NamespaceKind.IPC,
                                NamespaceKind.UTS,
                                NamespaceKind.CGROUP,
                                NamespaceKind.MOUNT)));
        operations.add(new StartSession());
        operations.add(new JoinSessionKeyring());
        var process = spec.process();
        operations.add(
                new AdjustOomScore(process.oomScore().value(), process.oomScore().required()));
        process.terminal()
                .ifPresent(terminal ->
                        operations.add(
                                new OpenTerminal(
                                        terminal.rows(),
                                        terminal.columns(),
                                        process.credentials().uid(),
                                        false)));
        operations.addAll(ProcessOperations.of(process));
        return new LaunchPlan(new Monitor.Exec(), spec.streams(), operations);
    }
}
