package io.demitasse.linux.netlink;

import java.util.HexFormat;

/** The six bytes of an Ethernet address, in the low 48 bits of a number. */
public record HardwareAddress(long value) {
    static final int BYTES = 6;

    public HardwareAddress {
        if (value >>> (BYTES * Byte.SIZE) != 0) {
            throw new IllegalArgumentException("not 48 bits: " + Long.toHexString(value));
        }
    }

    /** {@return the bytes in the order of the wire} */
    byte[] bytes() {
        var bytes = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            bytes[i] = (byte) (value >>> ((BYTES - 1 - i) * Byte.SIZE));
        }
        return bytes;
    }

    @Override
    public String toString() {
        return HexFormat.ofDelimiter(":").formatHex(bytes());
    }
}
