package io.demitasse.linux.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.cgroup.Cgroup;
import io.demitasse.linux.cgroup.CgroupHierarchy;
import io.demitasse.linux.security.DevicePolicy.Access;
import io.demitasse.linux.security.DevicePolicy.Rule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs in the kernel, and shells in their group that try to use devices. */
@Timeout(120)
class DeviceProgramTest {
    private static final Path FUSE = Path.of("/dev/fuse");
    private static final int FUSE_MAJOR = 10;
    private static final int FUSE_MINOR = 229;

    @TempDir Path directory;

    private Cgroup cgroup;

    @BeforeEach
    void makeGroup() throws Exception {
        assumeTrue(
                CgroupHierarchy.SYSTEM.isUnified()
                        && Files.isWritable(CgroupHierarchy.SYSTEM.root()),
                "needs a writable cgroup2 at /sys/fs/cgroup: run ./test");
        cgroup =
                Cgroup.create(
                        CgroupHierarchy.SYSTEM
                                .root()
                                .resolve("demitasse-device-test-" + ProcessHandle.current().pid()));
    }

    @AfterEach
    void removeGroup() throws Exception {
        if (cgroup != null) {
            cgroup.kill();
            cgroup.remove();
            cgroup.close();
        }
    }

    @Test
    void shouldDenyADeviceThatNoRuleAllows() throws Exception {
        assumeTrue(Files.exists(FUSE), "needs /dev/fuse, a device outside the default policy");
        assertThat(succeeds("exec 3</dev/fuse")).as("without a program").isTrue();

        attach(DevicePolicy.DEFAULT);

        assertThat(succeeds("exec 3</dev/fuse")).isFalse();
    }

    @Test
    void shouldAllowTheStandardDevices() throws Exception {
        attach(DevicePolicy.DEFAULT);

        assertThat(
                        succeeds(
                                "for device in null zero full random urandom ptmx; do"
                                        + " exec 3<>/dev/$device || exit 1; done"))
                .isTrue();
    }

    @Test
    void shouldAllowMakingABlockDeviceAndDenyOpeningIt() throws Exception {
        var node = directory.resolve("loop");
        attach(DevicePolicy.DEFAULT);

        assertThat(succeeds("mknod " + node + " b 7 0")).isTrue();
        assertThat(succeeds("exec 3<" + node)).isFalse();
    }

    @Test
    void shouldDenyMakingNodesWithoutARule() throws Exception {
        attach(new DevicePolicy(false, List.of()));

        assertThat(succeeds("mknod " + directory.resolve("loop") + " b 7 0")).isFalse();
    }

    @Test
    void shouldTellReadingFromWriting() throws Exception {
        assumeTrue(Files.exists(FUSE), "needs /dev/fuse, a device outside the default policy");
        attach(
                DevicePolicy.DEFAULT.with(
                        List.of(
                                new Rule(
                                        DevicePolicy.Type.CHARACTER,
                                        OptionalInt.of(FUSE_MAJOR),
                                        OptionalInt.of(FUSE_MINOR),
                                        Access.parse("r")))));

        assertThat(succeeds("exec 3</dev/fuse")).isTrue();
        assertThat(succeeds("exec 3<>/dev/fuse")).isFalse();
    }

    @Test
    void shouldAllowAllToThePrivileged() throws Exception {
        assumeTrue(Files.exists(FUSE), "needs /dev/fuse, a device outside the default policy");
        try (var program = DeviceProgram.load(DevicePolicy.ALL)) {
            program.attach(cgroup.directory());
        }

        assertThat(succeeds("exec 3<>/dev/fuse")).isTrue();
    }

    @Test
    void shouldNotCountPrivilegeOfAChildAgainstItsParent() throws Exception {
        assumeTrue(Files.exists(FUSE), "needs /dev/fuse, a device outside the default policy");
        attach(DevicePolicy.DEFAULT);
        try (var child = Cgroup.create(cgroup.path().resolve("child"));
                var program = DeviceProgram.load(DevicePolicy.ALL)) {
            program.attach(child.directory());

            assertThat(succeedsIn(child, "exec 3</dev/fuse")).isFalse();
        }
    }

    @Test
    void shouldNameTheAccessThatIsNone() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Access.parse("rx"))
                .withMessage("no device access: \"rx\"");
    }

    private void attach(DevicePolicy policy) throws Exception {
        try (var programs = new DevicePrograms()) {
            programs.attach(policy, cgroup.directory());
        }
    }

    private boolean succeeds(String script) throws Exception {
        return succeedsIn(cgroup, script);
    }

    private static boolean succeedsIn(Cgroup group, String script) throws Exception {
        var process = new ProcessBuilder("sh", "-c", "read line; " + script).start();
        group.write("cgroup.procs", Long.toString(process.pid()));
        try (var input = process.outputWriter()) {
            input.write("go\n");
        }
        return process.waitFor() == 0;
    }
}
