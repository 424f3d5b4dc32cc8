package io.demitasse.perf.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RuntimeProcessesTest {
    private static final int SUPERVISOR = 50;
    private static final int RUNTIME = 100;

    private final Map<Integer, ProcessStat> processes = new TreeMap<>();

    RuntimeProcessesTest() {
        add(1, 0);
        add(SUPERVISOR, 1);
        add(RUNTIME, SUPERVISOR);
    }

    @Test
    void shouldFindShimsThatInitAdopted() {
        add(200, 1);
        add(201, 200);
        add(300, 1);

        var found = RuntimeProcesses.of(processes, RUNTIME, Set.of(201));

        assertThat(found).isEqualTo(new RuntimeProcesses(Set.of(RUNTIME), Set.of(200)));
    }

    @Test
    void shouldFindShimsThatTheSupervisorAdoptedButNotTheSupervisor() {
        add(200, SUPERVISOR);
        add(201, 200);
        add(60, SUPERVISOR);

        var found = RuntimeProcesses.of(processes, RUNTIME, Set.of(201));

        assertThat(found.all()).containsExactly(RUNTIME, 200);
    }

    @Test
    void shouldCountInfraContainersBesideTheWorkload() {
        add(200, 1);
        add(201, 200);
        add(202, 200);

        var found = RuntimeProcesses.of(processes, RUNTIME, Set.of(201));

        assertThat(found.shims()).containsExactlyInAnyOrder(200, 202);
    }

    @Test
    void shouldCountChildrenOfTheDaemonOnce() {
        add(110, RUNTIME);
        add(111, 110);
        add(112, 111);

        var found = RuntimeProcesses.of(processes, RUNTIME, Set.of(112));

        assertThat(found).isEqualTo(new RuntimeProcesses(Set.of(RUNTIME, 110, 111), Set.of()));
    }

    private void add(int pid, int parent) {
        processes.put(pid, new ProcessStat(pid, "process", parent, 0, 0, 0));
    }
}
