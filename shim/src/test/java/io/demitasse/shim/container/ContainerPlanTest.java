package io.demitasse.shim.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.demitasse.linux.Fd;
import io.demitasse.linux.namespace.IdMapping;
import io.demitasse.linux.namespace.IdMappings;
import io.demitasse.linux.process.Pidfd;
import io.demitasse.shim.plan.Device;
import io.demitasse.shim.plan.LaunchPlan;
import io.demitasse.shim.plan.NamespaceKind;
import io.demitasse.shim.plan.SeccompFilter;
import io.demitasse.shim.plan.StandardStreams;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Plans of typical containers as text, compared with golden files; needs no privilege. */
class ContainerPlanTest {
    // Never used as descriptors: a plan only refers to them.
    private final Fd rootfs = fd("rootfs");
    private final Fd cgroup = fd("cgroup");
    private final Fd directory = fd("state directory");
    private final Fd log = fd("log");

    private static Fd fd(String description) {
        return Fd.owning(1_000_000, description);
    }

    private static void assertGolden(LaunchPlan plan, String name) throws IOException {
        try (var golden = ContainerPlanTest.class.getResourceAsStream(name)) {
            assertThat(golden).as(name).isNotNull();
            assertThat(plan.describe())
                    .isEqualTo(new String(golden.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static ProcessSpec process(boolean noNewPrivileges) {
        return ProcessSpec.of(List.of("nginx", "-g", "secret"), List.of("PATH=/bin:", "TOKEN=x"))
                .withIdentity(
                        new Credentials(101, 102, List.of(5)), CapabilityMasks.of(0xa80425fbL))
                .withConfinement(
                        new Confinement(
                                noNewPrivileges,
                                Optional.of(SeccompFilter.of(new byte[80])),
                                Optional.of("pods-default")))
                .withWorkingDirectory("/srv");
    }

    @Test
    void shouldBuildTheStandardLayoutOfAPodsContainer() throws IOException {
        var plan =
                ContainerPlan.of(
                        new ContainerSpec(
                                rootfs,
                                true,
                                cgroup,
                                directory,
                                log,
                                new Namespaces(
                                        Optional.of(fd("pod's net")),
                                        Optional.of(fd("pod's ipc")),
                                        Optional.of(fd("pod's uts")),
                                        new PidNamespace.Own()),
                                Optional.empty(),
                                List.of(
                                        new ContainerMount.Attach(
                                                fd("volume"), "/srv/data/deep", false),
                                        new ContainerMount.Attach(fd("hosts"), "/etc/hosts", true),
                                        new ContainerMount.Attach(fd("shm"), "/dev/shm", false),
                                        new ContainerMount.Filesystem(
                                                "tmpfs", "/srv", Map.of("size", "1m"), Set.of())),
                                List.of(DeviceNode.character("/dev/net/tun", 10, 200)),
                                StandardPaths.MASKED,
                                StandardPaths.READ_ONLY,
                                false,
                                process(true)));

        assertGolden(plan, "pod.plan");
    }

    @Test
    void shouldLeaveAPrivilegedContainerTheNode() throws IOException {
        var plan =
                ContainerPlan.of(
                        new ContainerSpec(
                                rootfs,
                                false,
                                cgroup,
                                directory,
                                log,
                                new Namespaces(
                                        Optional.empty(),
                                        Optional.empty(),
                                        Optional.empty(),
                                        new PidNamespace.Host()),
                                Optional.of(fd("node's cgroups")),
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of(),
                                false,
                                process(false).withTerminal(Optional.of(Terminal.standard()))));

        assertGolden(plan, "privileged.plan");
    }

    private static IdMappings ids() {
        return new IdMappings(new IdMapping(0, 200_000, 65_536), new IdMapping(0, 300_000, 65_536));
    }

    @Test
    void shouldEnterAUserNamespaceWithEverythingBuilt() throws IOException {
        var plan =
                ContainerPlan.of(
                        new ContainerSpec(
                                rootfs,
                                false,
                                cgroup,
                                directory,
                                log,
                                new Namespaces(
                                        Optional.of(fd("pod's net")),
                                        Optional.of(fd("pod's ipc")),
                                        Optional.of(fd("pod's uts")),
                                        new PidNamespace.Own(),
                                        Optional.of(fd("pod's user"))),
                                Optional.empty(),
                                List.of(),
                                List.of(
                                        new DeviceNode(
                                                "/dev/fuse",
                                                DeviceNode.Type.CHARACTER,
                                                new Device(10, 229),
                                                0660,
                                                0,
                                                44)),
                                List.of("/proc/keys"),
                                List.of(),
                                false,
                                process(true)
                                        .withTerminal(Optional.of(Terminal.standard()))
                                        .withIds(ids())));

        assertGolden(plan, "user.plan");
    }

    @Test
    void shouldEnterTheUserNamespaceForAnExecLast() throws IOException {
        var spec =
                new ExecSpec(
                        Pidfd.owning(fd("init")),
                        cgroup,
                        StandardStreams.none(),
                        process(true).withArguments(List.of("true")).withIds(ids()));

        assertGolden(ExecPlan.of(spec), "user-exec.plan");
    }

    @Test
    void shouldHoldNamespacesThatAUserNamespaceOwns() throws IOException {
        var kinds = Set.of(NamespaceKind.NETWORK, NamespaceKind.IPC, NamespaceKind.UTS);

        assertGolden(PausePlan.holding(cgroup, kinds), "holding.plan");
    }

    @Test
    void shouldJoinAllNamespacesForAnExec() throws IOException {
        var spec =
                new ExecSpec(
                        Pidfd.owning(fd("init")),
                        cgroup,
                        StandardStreams.none(),
                        process(true).withArguments(List.of("true")));

        assertGolden(ExecPlan.of(spec), "exec.plan");
    }

    @Test
    void shouldPauseWithoutAnyPrivilege() throws IOException {
        assertGolden(PausePlan.of(cgroup, Namespaces.host()), "pause.plan");
    }

    @Test
    void shouldLookForACommandWhereExecvpWould() {
        assertThat(ProcessOperations.candidates(process(true)))
                .containsExactly("/bin/nginx", "./nginx");
        assertThat(ProcessOperations.candidates(process(true).withArguments(List.of("./run", "x"))))
                .containsExactly("./run");
    }

    @Test
    void shouldRefuseDevicesOutsideOfDev() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DeviceNode.character("/dev/../etc/x", 1, 3));
    }
}
