package io.demitasse.perf;

/** What is timed, in the order of the table. */
public enum Step {
    RUN_POD_SANDBOX("RunPodSandbox"),
    CREATE_CONTAINER("CreateContainer"),
    START_CONTAINER("StartContainer"),
    /** The three above: what passes until a pod with one container runs. */
    POD_START("pod start"),
    EXEC_SYNC("ExecSync true"),
    STOP_CONTAINER("StopContainer"),
    REMOVE_CONTAINER("RemoveContainer"),
    STOP_POD_SANDBOX("StopPodSandbox"),
    REMOVE_POD_SANDBOX("RemovePodSandbox"),
    /** All of the above: what the RPCs of one pod take, from nothing to nothing. */
    CYCLE("whole cycle"),
    YARDSTICK("crun run true"),
    LIST_POD_SANDBOX("ListPodSandbox, idle pods"),
    LIST_CONTAINERS("ListContainers, idle pods"),
    LIST_CONTAINER_STATS("ListContainerStats, idle pods"),
    EXEC_SYNC_AMONG_IDLE("ExecSync true, idle pods");

    private final String label;

    Step(String label) {
        this.label = label;
    }

    /** {@return the name in tables and JSON} */
    public String label() {
        return label;
    }
}
