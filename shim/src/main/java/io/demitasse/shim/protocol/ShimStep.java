package io.demitasse.shim.protocol;

import java.util.Arrays;

/** What a spawner or a shim does on its own account, apart from the plan; as in {@code shim.h}. */
public enum ShimStep {
    FORK(1, "fork the shim"),
    MAP_PLAN(2, "map the plan"),
    DECODE_PLAN(3, "decode the plan"),
    SHARE_RESULT(4, "map a page for the result"),
    BIND_SOCKET(5, "bind shim.sock"),
    OPEN_PIPES(6, "open pipes and sockets"),
    GIVEN_UP(7, "be waited for any longer"),
    RECEIVE_DESCRIPTORS(
            8, "receive all descriptors of the plan within the daemon's hard limit of open files"),
    LOCK(101, "lock the spawner's lock file"),
    OWN_BINARY(103, "open /proc/self/exe"),
    JOIN_CGROUP(104, "join the shims' cgroup"),
    MOUNT_NAMESPACE(105, "make a mount namespace"),
    RESET_INHERITED(106, "clear the securebits that the daemon was started with");

    private final int number;
    private final String text;

    ShimStep(int number, String text) {
        this.number = number;
        this.text = text;
    }

    /** {@return the number that stands for it in a message} */
    public int number() {
        return number;
    }

    /** {@return what the step with this number does} */
    public static String describe(int number) {
        return Arrays.stream(values())
                .filter(step -> step.number == number)
                .map(step -> step.text)
                .findFirst()
                .orElse("step " + number);
    }
}
