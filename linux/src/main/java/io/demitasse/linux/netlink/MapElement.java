package io.demitasse.linux.netlink;

import java.util.HexFormat;
import java.util.List;

/**
 * One element of a map of nftables: what a packet has, and what becomes of it.
 *
 * <p>Key and value are concatenations, as {@code nft} writes them with dots in between.
 */
public record MapElement(String map, List<Field> key, List<Field> value) {
    public MapElement {
        key = List.copyOf(key);
        value = List.copyOf(value);
    }

    /**
     * A number of so many bytes, in network order.
     *
     * @param bytes at most four, the width of a register
     */
    public record Field(int value, int bytes) {
        /** What the kernel's registers hold. */
        static final int REGISTER_BYTES = 4;

        public Field {
            if (bytes < 1 || bytes > REGISTER_BYTES) {
                throw new IllegalArgumentException("a field of " + bytes + " bytes");
            }
        }
    }

    /** {@return the map and the key, as errors name them} */
    String describe() {
        return map + " " + HexFormat.of().formatHex(registers(key));
    }

    /** {@return the fields as the kernel wants them: each at the beginning of a register} */
    static byte[] registers(List<Field> fields) {
        var registers = new byte[fields.size() * Field.REGISTER_BYTES];
        for (int i = 0; i < fields.size(); i++) {
            var field = fields.get(i);
            for (int j = 0; j < field.bytes(); j++) {
                registers[i * Field.REGISTER_BYTES + j] =
                        (byte) (field.value() >>> ((field.bytes() - 1 - j) * Byte.SIZE));
            }
        }
        return registers;
    }
}
