package io.demitasse.daemon;

import io.demitasse.daemon.configuration.Configuration;
import io.demitasse.daemon.runtime.AppArmorProfiles;
import io.demitasse.daemon.runtime.Cgroups;
import io.demitasse.daemon.runtime.Status.Limitation;
import io.demitasse.linux.security.Capability;
import io.demitasse.linux.security.CapabilitySet;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What nodes usually have and this one does not: said once in the log, and in every Status. */
final class NodeLimitations {
    private static final System.Logger LOGGER = System.getLogger(NodeLimitations.class.getName());

    private NodeLimitations() {}

    static List<Limitation> of(Cgroups cgroups, AppArmorProfiles profiles) {
        var found = new ArrayList<Limitation>();
        cgroups.missing().stream()
                .sorted()
                .forEach(controller ->
                        found.add(
                                new Limitation(
                                        "cgroup controller " + controller + " is missing",
                                        "its limits cannot be enforced")));
        try {
            if (!CapabilitySet.ofThisProcess().contains(Capability.CAP_SYS_RESOURCE)) {
                found.add(
                        new Limitation(
                                "the daemon lacks CAP_SYS_RESOURCE",
                                "oom_score_adj cannot be lowered"));
            }
        } catch (IOException unreadable) {
            found.add(
                    new Limitation(
                            "the daemon's capabilities are unknown",
                            String.valueOf(unreadable.getMessage())));
        }
        if (profiles.lacksParser()) {
            found.add(
                    new Limitation(
                            "apparmor_parser is missing",
                            "containers are not confined by the default AppArmor profile"));
        }
        for (var one : found) {
            LOGGER.log(Level.WARNING, "node={0} consequence={1}", one.subject(), one.consequence());
        }
        return List.copyOf(found);
    }

    static Map<String, String> describe(Configuration configuration) {
        return Map.of(
                "root", configuration.root().toString(),
                // by containerd's name, as critest asks whether its file system has id-mapped
                // mounts
                "stateDir", configuration.root().resolve("layers").toString(),
                "state", configuration.state().toString(),
                "cgroupRoot", configuration.cgroupRoot().toString(),
                "bridge", configuration.network().bridge(),
                "subnet", configuration.network().subnet());
    }
}
