package io.demitasse.perf;

/** What is timed, in the order of the table. */
public enum Step {
    RUN_POD_SANDBOX("RunPodSandbox"),
    CREATE_CONTAINER("CreateContainer"),
    START_CONTAINER("StartContainer"),
    /** The two above. */
    CREATE_AND_START("Create + Start"),
    /** All of the above: what passes until a pod with one container runs. */
    POD_START("pod start"),
    EXEC_SYNC("ExecSync true"),
    STOP_CONTAINER("StopContainer"),
    REMOVE_CONTAINER("RemoveContainer"),
    STOP_POD_SANDBOX("StopPodSandbox"),
    REMOVE_POD_SANDBOX("RemovePodSandbox"),
    /** The four above. */
    STOP_AND_REMOVE("stop + remove"),
    /** What the RPCs of one pod take, from nothing to nothing. */
    CYCLE("whole cycle"),
    YARDSTICK("crun run true"),
    LIST_POD_SANDBOX("ListPodSandbox, idle pods"),
    LIST_CONTAINERS("ListContainers, idle pods"),
    LIST_CONTAINER_STATS("ListContainerStats, idle pods"),
    LIST_POD_SANDBOX_STATS("ListPodSandboxStats, idle pods"),
    EXEC_SYNC_AMONG_IDLE("ExecSync true, idle pods"),
    /** A pod start while others start. */
    BURST_POD_START("pod start in a burst"),
    /** From SIGKILL to a container's process to its CONTAINER_STOPPED_EVENT. */
    EXIT_TO_EVENT("exit to event"),
    /** From SIGKILL to the runtime to the first List that has everything. */
    RECOVERY("recovery after kill -9"),
    /** The first pod start of a runtime that has just recovered. */
    FIRST_POD_START("first pod start after that");

    private final String label;

    Step(String label) {
        this.label = label;
    }

    /** {@return the name in tables and JSON} */
    public String label() {
        return label;
    }
}
