package io.demitasse.linux.namespace;

/** The kinds of namespace that a single thread may leave, and the one that may own them. */
public enum NamespaceType {
    NET("net", NamespaceSyscalls.CLONE_NEWNET),
    IPC("ipc", NamespaceSyscalls.CLONE_NEWIPC),
    UTS("uts", NamespaceSyscalls.CLONE_NEWUTS),

    /** A thread of a JVM can neither make nor join one; it may be pinned and passed on. */
    USER("user", NamespaceSyscalls.CLONE_NEWUSER);

    private final String procName;
    private final int cloneFlag;

    NamespaceType(String procName, int cloneFlag) {
        this.procName = procName;
        this.cloneFlag = cloneFlag;
    }

    /** {@return its file name below {@code /proc/PID/ns}} */
    public String procName() {
        return procName;
    }

    /** {@return its bit in the flags of clone(2), unshare(2) and setns(2)} */
    public int cloneFlag() {
        return cloneFlag;
    }
}
