package io.demitasse.sandbox;

/** Whose System V IPC, POSIX message queues and {@code /dev/shm} a pod sees. */
public enum IpcMode {
    /** Its own, shared by its containers. */
    POD,
    /** The node's. */
    NODE
}
