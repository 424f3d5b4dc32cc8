package io.demitasse.linux.cgroup;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

import java.lang.invoke.VarHandle;

/** Where the members of ppoll(2)'s structs are. */
final class PollLayout {
    static final VarHandle FD = CgroupSyscalls.POLLFD.varHandle(groupElement("fd"));
    static final VarHandle EVENTS = CgroupSyscalls.POLLFD.varHandle(groupElement("events"));
    static final VarHandle SECONDS = CgroupSyscalls.TIMESPEC.varHandle(groupElement("tv_sec"));
    static final VarHandle NANOS = CgroupSyscalls.TIMESPEC.varHandle(groupElement("tv_nsec"));

    private PollLayout() {}
}
