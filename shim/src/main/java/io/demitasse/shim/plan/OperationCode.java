package io.demitasse.shim.plan;

/**
 * The operations the shim knows: number and arguments of each, as in {@code plan.c}.
 *
 * <p>An argument is a number {@code n}, a descriptor {@code f}, an optional descriptor {@code o}, a
 * text {@code t}, bytes {@code b} or a vector of texts {@code v}.
 */
enum OperationCode {
    SET_NAMESPACE(1, "fn"),
    CLONE(2, "no"),
    UNSHARE(3, "n"),
    PIVOT(4, "f"),
    MOUNT_FILESYSTEM(5, "ttvnn"),
    ATTACH_MOUNT(6, "ftn"),
    MAKE_DIRECTORY(7, "tn"),
    MAKE_NODE(8, "tnnnn"),
    MAKE_SYMLINK(9, "tt"),
    WRITE_FILE(10, "tbn"),
    MASK_PATH(11, "t"),
    READONLY_PATH(12, "t"),
    READONLY_ROOT(13, ""),
    LIMIT_RESOURCE(14, "nnn"),
    ADJUST_OOM_SCORE(15, "nn"),
    START_SESSION(16, ""),
    OPEN_TERMINAL(17, "nnnn"),
    JOIN_SESSION_KEYRING(18, ""),
    DROP_BOUNDING(19, "n"),
    SET_CAPABILITIES(20, "nnnn"),
    NO_NEW_PRIVILEGES(21, ""),
    LOAD_SECCOMP(22, "bn"),
    SET_IDS(23, "nnb"),
    SET_UMASK(24, "n"),
    CHANGE_DIRECTORY(25, "tn"),
    EXECUTE(26, "vvv"),
    EXECUTE_SELF(27, "v"),
    CONFINE_AT_EXEC(28, "t"),
    SET_FILESYSTEM_IDS(29, "nn"),
    GIVE_STREAMS(30, "n"),
    OPEN_NULL(31, "n");

    private final int number;
    private final String arguments;

    OperationCode(int number, String arguments) {
        this.number = number;
        this.arguments = arguments;
    }

    int number() {
        return number;
    }

    String arguments() {
        return arguments;
    }
}
