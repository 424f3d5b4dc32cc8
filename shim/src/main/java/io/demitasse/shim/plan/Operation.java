package io.demitasse.shim.plan;

/**
 * One thing the shim asks of the kernel. Operations are performed in order, the first refusal ends
 * the launch.
 */
public sealed interface Operation
        permits ProcessOperation, FilesystemOperation, PrivilegeOperation {
    /** {@return the operation and its operands as one line of text, without secrets} */
    String describe();

    /** Writes the operation's code and arguments. */
    void encode(PlanEncoder encoder);
}
