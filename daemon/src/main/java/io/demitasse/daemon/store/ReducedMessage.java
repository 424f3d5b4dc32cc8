package io.demitasse.daemon.store;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Set;

/**
 * An encoded message without its lists and long texts, made without parsing it: what a record that
 * takes too much memory is known by.
 */
public final class ReducedMessage {
    private static final int MAX_TEXT_BYTES = 4096;

    /** Those that say whose a pod or a container is, as long as they fit into this together. */
    private static final Set<String> KEPT = Set.of("labels", "annotations");

    private static final int MAX_KEPT_BYTES = 16 << 10;

    private int kept;

    private ReducedMessage() {}

    /** {@return the reduced form, as encoded} */
    public static byte[] of(Descriptor type, byte[] message) throws IOException {
        return new ReducedMessage().reduced(type, CodedInputStream.newInstance(message));
    }

    private byte[] reduced(Descriptor type, CodedInputStream in) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = CodedOutputStream.newInstance(bytes);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            int number = WireFormat.getTagFieldNumber(tag);
            var field = type.findFieldByNumber(number);
            switch (WireFormat.getTagWireType(tag)) {
                case WireFormat.WIRETYPE_VARINT -> out.writeUInt64(number, in.readUInt64());
                case WireFormat.WIRETYPE_FIXED64 -> out.writeFixed64(number, in.readFixed64());
                case WireFormat.WIRETYPE_FIXED32 -> out.writeFixed32(number, in.readFixed32());
                case WireFormat.WIRETYPE_LENGTH_DELIMITED -> {
                    if (field == null || !copy(field, in, out)) {
                        in.skipRawBytes(in.readRawVarint32());
                    }
                }
                default -> throw new IOException("field " + number + " is of no type of proto3");
            }
        }
        out.flush();
        return bytes.toByteArray();
    }

    /** Leaves the input before the length of a field that is left out. */
    private boolean copy(FieldDescriptor field, CodedInputStream in, CodedOutputStream out)
            throws IOException {
        if (field.isRepeated() && !KEPT.contains(field.getName())) {
            return false;
        }
        if (field.getJavaType() == JavaType.MESSAGE && !field.isRepeated()) {
            int before = in.pushLimit(in.readRawVarint32());
            out.writeByteArray(field.getNumber(), reduced(field.getMessageType(), in));
            in.popLimit(before);
            return true;
        }
        int length = in.readRawVarint32();
        boolean fits =
                field.isRepeated() ? kept + length <= MAX_KEPT_BYTES : length <= MAX_TEXT_BYTES;
        if (fits) {
            kept += field.isRepeated() ? length : 0;
            out.writeByteArray(field.getNumber(), in.readRawBytes(length));
        } else {
            in.skipRawBytes(length);
        }
        return true;
    }
}
