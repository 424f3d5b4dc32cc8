package io.demitasse.linux.file;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;

/** A name on its way into the kernel: NUL-terminated in memory, quoted in messages. */
final class FileName {
    private final byte[] bytes;

    private FileName(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Any path without NUL, to be resolved by the kernel. */
    static FileName path(byte[] bytes) {
        for (byte each : bytes) {
            if (each == 0) {
                throw new IllegalArgumentException("NUL in a path: " + new FileName(bytes));
            }
        }
        return new FileName(bytes);
    }

    /** One component, which can lead neither up nor through a symbolic link. */
    static FileName component(byte[] bytes) {
        var name = path(bytes);
        if (bytes.length == 0 || isDots(bytes) || name.hasSlash()) {
            throw new IllegalArgumentException("not the name of a directory entry: " + name);
        }
        return name;
    }

    static boolean isDots(byte[] name) {
        return switch (name.length) {
            case 1 -> name[0] == '.';
            case 2 -> name[0] == '.' && name[1] == '.';
            default -> false;
        };
    }

    MemorySegment in(SegmentAllocator allocator) {
        var segment = allocator.allocate(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return segment;
    }

    private boolean hasSlash() {
        for (byte each : bytes) {
            if (each == '/') {
                return true;
            }
        }
        return false;
    }

    /** {@return the name as strace(1) prints it} */
    @Override
    public String toString() {
        var text = new StringBuilder("\"");
        for (byte each : bytes) {
            if (each == '"' || each == '\\') {
                text.append('\\').append((char) each);
            } else if (each >= ' ' && each < 0x7f) {
                text.append((char) each);
            } else {
                text.append("\\x%02x".formatted(each));
            }
        }
        return text.append('"').toString();
    }
}
