package io.demitasse.daemon.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Base64;

/** How a message of a WebSocket says which channel it belongs to, and what it carries. */
enum ChannelEncoding {
    /** A byte for the channel, and the bytes as they are. */
    BINARY(256) {
        @Override
        int channel(int first) {
            return first;
        }

        @Override
        ByteBuf message(int channel, ByteBuf bytes) {
            var number = Unpooled.wrappedBuffer(new byte[] {(byte) channel});
            return Unpooled.wrappedBuffer(number, bytes);
        }
    },

    /**
     * Text: a character for the channel, '0' for the first one, and the bytes in base64. Beyond
     * ASCII there is no character that would be a single byte.
     */
    BASE64(0x80 - '0') {
        @Override
        int channel(int first) {
            return first - '0';
        }

        @Override
        ByteBuf message(int channel, ByteBuf bytes) {
            try {
                var text = Base64.getEncoder().encode(ByteBufUtil.getBytes(bytes));
                return Unpooled.wrappedBuffer(new byte[] {(byte) ('0' + channel)}, text);
            } finally {
                bytes.release();
            }
        }
    };

    private final int channels;

    ChannelEncoding(int channels) {
        this.channels = channels;
    }

    /** {@return how many channels can be named} */
    int channels() {
        return channels;
    }

    /** {@return the channel that a message with this first byte belongs to} */
    abstract int channel(int first);

    /** {@return a message; the bytes are its own from now on} */
    abstract ByteBuf message(int channel, ByteBuf bytes);
}
