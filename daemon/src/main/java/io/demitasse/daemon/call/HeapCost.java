package io.demitasse.daemon.call;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.WireFormat;
import org.jspecify.annotations.Nullable;

/**
 * What an encoded message takes in the heap once it is parsed, told from its bytes alone.
 *
 * <p>Two bytes of a request can become an object of a hundred: who counts bytes on the wire counts
 * the wrong thing. The answer is rather too high than too low.
 */
public final class HeapCost {
    private static final int OBJECT_BYTES = 24;
    private static final int REFERENCE_BYTES = 8;
    private static final int TEXT_BYTES = 56;
    private static final int MAP_ENTRY_BYTES = 64;
    private static final int ELEMENT_BYTES = 16;
    private static final int MAX_DEPTH = 32;

    private final byte[] bytes;
    private int position;

    private HeapCost(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * {@return how many bytes a message of this type takes}
     *
     * @throws IllegalArgumentException if the bytes are no message
     */
    public static long of(Descriptor type, byte[] bytes) {
        return new HeapCost(bytes).message(type, bytes.length, 0);
    }

    private long message(Descriptor type, int end, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("messages within messages without end");
        }
        long cost = OBJECT_BYTES + (long) REFERENCE_BYTES * type.getFields().size();
        while (position < end) {
            int tag = (int) number(end);
            var field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
            cost += ELEMENT_BYTES + value(field, WireFormat.getTagWireType(tag), end, depth);
        }
        return cost;
    }

    private long value(@Nullable FieldDescriptor field, int wireType, int end, int depth) {
        switch (wireType) {
            case WireFormat.WIRETYPE_VARINT -> number(end);
            case WireFormat.WIRETYPE_FIXED64 -> skip(Long.BYTES, end);
            case WireFormat.WIRETYPE_FIXED32 -> skip(Integer.BYTES, end);
            case WireFormat.WIRETYPE_LENGTH_DELIMITED -> {
                return delimited(field, end, depth);
            }
            default -> throw new IllegalArgumentException("wire type " + wireType);
        }
        return field == null ? TEXT_BYTES : Long.BYTES; // an unknown field is kept, too
    }

    private long delimited(@Nullable FieldDescriptor field, int end, int depth) {
        long length = number(end);
        int from = position;
        skip(length, end);
        if (field == null || field.getJavaType() == JavaType.BYTE_STRING) {
            return TEXT_BYTES + length;
        }
        if (field.getJavaType() == JavaType.STRING) {
            return TEXT_BYTES + text(from, position);
        }
        if (field.getJavaType() != JavaType.MESSAGE) {
            return Long.BYTES * length; // packed: a byte each, or more
        }
        int behind = position;
        position = from;
        long cost = message(field.getMessageType(), behind, depth + 1);
        return field.isMapField() ? cost + MAP_ENTRY_BYTES : cost;
    }

    /** Java keeps a text with one character outside of Latin-1 at two bytes for each. */
    private long text(int from, int end) {
        for (int i = from; i < end; i++) {
            if (bytes[i] < 0) {
                return 2L * (end - from);
            }
        }
        return (long) end - from;
    }

    private void skip(long count, int end) {
        if (count < 0 || count > end - position) {
            throw new IllegalArgumentException("it ends in the middle of a field");
        }
        position += (int) count;
    }

    private long number(int end) {
        long number = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            int at = position;
            skip(1, end);
            number |= (bytes[at] & 0x7fL) << shift;
            if (bytes[at] >= 0) {
                return number;
            }
        }
        throw new IllegalArgumentException("a number of more than 64 bits");
    }
}
