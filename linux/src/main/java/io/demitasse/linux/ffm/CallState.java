package io.demitasse.linux.ffm;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.invoke.VarHandle;

/** Where the linker leaves errno. Owned by one thread, overwritten by each call made with it. */
public record CallState(MemorySegment segment) {
    private static final StructLayout LAYOUT = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = LAYOUT.varHandle(groupElement("errno"));

    /** Allocates a state that lives as long as its allocator. */
    public static CallState in(SegmentAllocator allocator) {
        return new CallState(allocator.allocate(LAYOUT));
    }

    /** Folds libc's two halves into the kernel's convention: a value, or {@code -errno}. */
    long valueOrNegatedErrno(long returned) {
        return returned == -1 ? -(int) ERRNO.get(segment, 0L) : returned;
    }
}
