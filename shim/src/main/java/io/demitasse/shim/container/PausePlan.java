package io.demitasse.shim.container;

import io.demitasse.linux.Fd;
import io.demitasse.shim.plan.LaunchPlan;
import io.demitasse.shim.plan.Monitor;
import io.demitasse.shim.plan.NamespaceKind;
import io.demitasse.shim.plan.Operation;
import io.demitasse.shim.plan.PrivilegeOperation.DropBounding;
import io.demitasse.shim.plan.PrivilegeOperation.SetCapabilities;
import io.demitasse.shim.plan.PrivilegeOperation.SetIds;
import io.demitasse.shim.plan.PrivilegeOperation.SetNoNewPrivileges;
import io.demitasse.shim.plan.ProcessOperation.CloneProcess;
import io.demitasse.shim.plan.ProcessOperation.ExecuteSelf;
import io.demitasse.shim.plan.ProcessOperation.JoinSessionKeyring;
import io.demitasse.shim.plan.ProcessOperation.SetNamespace;
import io.demitasse.shim.plan.ProcessOperation.StartSession;
import io.demitasse.shim.plan.StandardStreams;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The first process of a pid namespace that a pod's containers share: it reaps and waits. */
public final class PausePlan {
    private static final int NOBODY = 65535;

    private PausePlan() {}

    /** {@return the plan that starts it in this cgroup, as nobody and without any capability} */
    public static LaunchPlan of(Fd cgroup, Namespaces namespaces) {
        var operations = new ArrayList<Operation>();
        operations.add(
                new CloneProcess(
                        EnumSet.of(NamespaceKind.PID, NamespaceKind.MOUNT), Optional.of(cgroup)));
        operations.addAll(joined(namespaces));
        namespaces
                .user()
                .ifPresent(user -> operations.add(ContainerPlan.join(user, NamespaceKind.USER)));
        operations.add(new StartSession());
        operations.add(new JoinSessionKeyring());
        operations.add(new SetNoNewPrivileges());
        operations.add(new DropBounding(0));
        operations.add(new SetIds(NOBODY, NOBODY, List.of()));
        operations.add(new SetCapabilities(0, 0, 0, 0));
        operations.add(new ExecuteSelf(List.of("demitasse-pause")));
        return new LaunchPlan(new Monitor.None(), StandardStreams.none(), operations);
    }

    /**
     * {@return the plan that starts one in new namespaces, which a new user namespace owns}
     *
     * <p>It waits as long as it takes to give the user namespace its ids and to pin them all. Until
     * then it has no user that it could become.
     */
    public static LaunchPlan holding(Fd cgroup, Set<NamespaceKind> kinds) {
        var fresh = EnumSet.of(NamespaceKind.USER);
        fresh.addAll(kinds);
        return new LaunchPlan(
                new Monitor.None(),
                StandardStreams.none(),
                List.of(
                        new CloneProcess(fresh, Optional.of(cgroup)),
                        new StartSession(),
                        new SetNoNewPrivileges(),
                        new DropBounding(0),
                        new ExecuteSelf(List.of("demitasse-pause"))));
    }

    private static List<SetNamespace> joined(Namespaces namespaces) {
        var joined = new ArrayList<SetNamespace>();
        namespaces
                .net()
                .map(fd -> ContainerPlan.join(fd, NamespaceKind.NETWORK))
                .ifPresent(joined::add);
        namespaces
                .ipc()
                .map(fd -> ContainerPlan.join(fd, NamespaceKind.IPC))
                .ifPresent(joined::add);
        namespaces
                .uts()
                .map(fd -> ContainerPlan.join(fd, NamespaceKind.UTS))
                .ifPresent(joined::add);
        return joined;
    }
}
