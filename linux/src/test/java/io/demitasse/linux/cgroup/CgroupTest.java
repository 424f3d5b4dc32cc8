package io.demitasse.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against the real kernel, with real processes in groups of the test's own. */
@Timeout(120)
class CgroupTest {
    private static final CgroupHierarchy HIERARCHY = CgroupHierarchy.SYSTEM;

    private final List<Process> processes = new ArrayList<>();
    private Path parent;

    @BeforeAll
    static void needHierarchy() throws SyscallException {
        assumeTrue(
                HIERARCHY.isUnified() && Files.isWritable(HIERARCHY.root()),
                "needs a writable cgroup2 at /sys/fs/cgroup: run ./test");
    }

    @BeforeEach
    void nameParent() {
        parent = HIERARCHY.root().resolve("demitasse-cgroup-test-" + ProcessHandle.current().pid());
    }

    @AfterEach
    void removeGroups() throws IOException {
        if (Files.exists(parent)) {
            try (var cgroup = Cgroup.open(parent)) {
                cgroup.kill();
                cgroup.remove();
            }
        }
        assertThat(parent).doesNotExist();
    }

    @Test
    void shouldMakeMissingParentsAndFindWhatIsThere() throws Exception {
        var path = parent.resolve("a/b");

        try (var made = Cgroup.create(path);
                var found = Cgroup.create(path)) {
            assertThat(made.populated()).isFalse();
            assertThat(made.pids()).isEmpty();
            assertThat(found.directory().number()).isNotEqualTo(made.directory().number());
        }

        try (var cgroup = Cgroup.open(parent)) {
            assertThat(cgroup.children()).containsExactly(parent.resolve("a"));
        }
    }

    @Test
    void shouldNameCallPathAndErrnoWhenGroupDoesNotExist() {
        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(() -> Cgroup.open(parent))
                .withMessage(
                        "openat2(AT_FDCWD, \"%s\", O_RDONLY|O_DIRECTORY|O_CLOEXEC)"
                                        .formatted(parent)
                                + " = ENOENT (No such file or directory)");
    }

    @Test
    void shouldNameFileAndValueWhenSettingIsRefused() throws Exception {
        try (var cgroup = Cgroup.create(parent)) {
            assertThatExceptionOfType(SyscallException.class)
                    .isThrownBy(() -> cgroup.apply(Map.of("cgroup.max.depth", "deep")))
                    .withMessageContaining(parent + "/cgroup.max.depth>, \"deep\", 4) = EINVAL");
        }
    }

    @Test
    void shouldKillEveryProcessAndBeEmptyThen() throws Exception {
        try (var cgroup = Cgroup.create(parent)) {
            var process = sleeperIn(cgroup);
            assertThat(cgroup.populated()).isTrue();
            assertThat(cgroup.pids()).contains((int) process.pid());

            cgroup.kill();

            assertThat(cgroup.awaitEmpty(Duration.ofSeconds(60))).isTrue();
            assertThat(process.waitFor()).isEqualTo(128 + 9);
        }
    }

    @Test
    void shouldRemoveGroupAndItsChildrenWhileKilledProcessesGo() throws Exception {
        try (var cgroup = Cgroup.create(parent);
                var child = Cgroup.create(parent.resolve("child/grandchild"))) {
            for (int i = 0; i < 20; i++) {
                sleeperIn(child);
            }
            cgroup.kill();

            cgroup.remove();

            assertThat(parent).doesNotExist();
        }
    }

    @Test
    void shouldGiveUpRemovalWhenProcessesStay() throws Exception {
        try (var cgroup = Cgroup.create(parent)) {
            sleeperIn(cgroup);

            assertThatExceptionOfType(SyscallException.class)
                    .isThrownBy(() -> cgroup.remove(Duration.ofMillis(50)))
                    .satisfies(refused -> assertThat(refused.errno()).isEqualTo(Errno.EBUSY));
        }
    }

    @Test
    void shouldRemoveWhatIsGoneAlready() throws Exception {
        try (var cgroup = Cgroup.create(parent)) {
            cgroup.remove();

            cgroup.remove();
        }
    }

    @Test
    void shouldFreezeAndThaw() throws Exception {
        try (var cgroup = Cgroup.create(parent)) {
            assertThat(cgroup.isFrozen()).isFalse();

            cgroup.freeze();
            assertThat(cgroup.isFrozen()).isTrue();

            cgroup.thaw();
            assertThat(cgroup.isFrozen()).isFalse();
        }
    }

    @Test
    void shouldReportControllersThatCannotBeEnabled() throws Exception {
        var missing = HIERARCHY.enable(parent, Set.of("no-such-controller"));

        assertThat(missing)
                .containsExactly(
                        Map.entry(
                                "no-such-controller",
                                "not in cgroup.controllers of /sys/fs/cgroup"));
        assertThat(parent).isDirectory();
    }

    @Test
    void shouldEnableEveryControllerTheKernelOffers() throws Exception {
        var missing = HIERARCHY.enable(parent, HIERARCHY.controllers());

        assertThat(missing).isEmpty();
        try (var child = Cgroup.create(parent.resolve("child"))) {
            assertThat(child.controllers()).isEqualTo(HIERARCHY.controllers());
        }
    }

    @Test
    void shouldMeasureProcessorTimeAndLeaveOutWhatHasNoController() throws Exception {
        HIERARCHY.enable(parent, HIERARCHY.controllers());
        try (var cgroup = Cgroup.create(parent.resolve("child"));
                var meter = CgroupMeter.open(cgroup);
                var buffer = new StatsBuffer()) {
            assertThat(meter.read(buffer).cpu().usageMicros()).isZero();
            shellIn(cgroup, "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done").waitFor();

            var stats = meter.read(buffer);

            assertThat(stats.cpu().usageMicros()).isGreaterThan(1_000);
            assertThat(stats.memory().isPresent())
                    .isEqualTo(cgroup.controllers().contains("memory"));
            assertThat(stats.pids().isPresent()).isEqualTo(cgroup.controllers().contains("pids"));
        }
    }

    private Process sleeperIn(Cgroup cgroup) throws Exception {
        return shellIn(cgroup, "exec sleep 60");
    }

    /** The process reads a line first, so that it is in its group before it does anything. */
    private Process shellIn(Cgroup cgroup, String script) throws Exception {
        var process = new ProcessBuilder("sh", "-c", "read line; " + script).start();
        processes.add(process);
        cgroup.write("cgroup.procs", Long.toString(process.pid()));
        try (var input = process.outputWriter()) {
            input.write("go\n");
        }
        return process;
    }

    @AfterEach
    void endProcesses() throws InterruptedException {
        for (var process : processes) {
            process.destroyForcibly();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
    }
}
