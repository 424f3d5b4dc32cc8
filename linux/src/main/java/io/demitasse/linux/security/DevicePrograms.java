package io.demitasse.linux.security;

import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * Loaded device programs by policy: containers with the same devices share one.
 *
 * <p><b>Threads.</b> May be shared: {@code loaded} is guarded by this object, also while a program
 * is attached, so that none is closed meanwhile. The kernel attaches one at a time anyway.
 */
public final class DevicePrograms implements AutoCloseable {
    private static final int MAX_PROGRAMS = 64;

    private final SequencedMap<DevicePolicy, DeviceProgram> loaded = new LinkedHashMap<>();

    /** Attaches the program of a policy to a group; a policy that allows all needs none. */
    public synchronized void attach(DevicePolicy policy, Fd cgroupDirectory)
            throws SyscallException {
        if (policy.isUnrestricted()) {
            return;
        }
        var program = loaded.get(policy);
        if (program == null) {
            program = DeviceProgram.load(policy);
            makeRoom();
            loaded.put(policy, program);
        }
        program.attach(cgroupDirectory);
    }

    /** Closes the descriptors; groups keep the programs that are attached to them. */
    @Override
    public synchronized void close() {
        loaded.values().forEach(DeviceProgram::close);
        loaded.clear();
    }

    private void makeRoom() {
        if (loaded.size() >= MAX_PROGRAMS) {
            loaded.pollFirstEntry().getValue().close();
        }
    }
}
