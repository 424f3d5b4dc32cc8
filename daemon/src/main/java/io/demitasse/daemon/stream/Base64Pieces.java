package io.demitasse.daemon.stream;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.CorruptedFrameException;
import java.util.Arrays;
import java.util.Base64;

/** Decodes base64 that comes in pieces, and keeps no more of it than three characters. */
final class Base64Pieces {
    private static final int CHARACTERS_AT_ONCE = 4;

    private byte[] left = new byte[0];
    private boolean isPadded;

    /** What follows begins anew; what came before must have been whole. */
    void begin() {
        if (left.length > 0) {
            throw new CorruptedFrameException("base64 that ends too early");
        }
        isPadded = false;
    }

    /** {@return the bytes that are whole by now} */
    byte[] decode(ByteBuf piece) {
        var text = Arrays.copyOf(left, left.length + piece.readableBytes());
        int length = left.length;
        while (piece.isReadable()) {
            byte next = piece.readByte();
            if (next != '\r' && next != '\n') { // encoders for mail break lines, and Go skips that
                text[length++] = next;
            }
        }
        if (isPadded && length > 0) {
            throw new CorruptedFrameException("base64 that goes on after its end");
        }
        int whole = length - length % CHARACTERS_AT_ONCE;
        left = Arrays.copyOfRange(text, whole, length);
        isPadded = whole > 0 && text[whole - 1] == '=';
        return decoded(Arrays.copyOf(text, whole));
    }

    private static byte[] decoded(byte[] text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException noBase64) {
            throw new CorruptedFrameException("this is no base64", noBase64);
        }
    }
}
