package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;

/** Builds tar archives entry by entry, honest and hostile ones. */
public final class TarBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** What a header says besides its name. */
    public record Header(
            char type, int mode, int uid, int gid, long time, String link, String contents) {
        public static Header of(char type, int mode) {
            return new Header(type, mode, 0, 0, 1_600_000_000, "", "");
        }

        public Header owned(int newUid, int newGid) {
            return new Header(type, mode, newUid, newGid, time, link, contents);
        }

        public Header linked(String newLink) {
            return new Header(type, mode, uid, gid, time, newLink, contents);
        }

        public Header containing(String newContents) {
            return new Header(type, mode, uid, gid, time, link, newContents);
        }
    }

    public TarBytes directory(String name) {
        return entry(name, Header.of('5', 0755));
    }

    public TarBytes file(String name, String contents) {
        return entry(name, Header.of('0', 0644).containing(contents));
    }

    public TarBytes symbolicLink(String name, String target) {
        return entry(name, Header.of('2', 0777).linked(target));
    }

    public TarBytes hardLink(String name, String target) {
        return entry(name, Header.of('1', 0644).linked(target));
    }

    public TarBytes node(String name, char type) {
        return entry(name, Header.of(type, 0666));
    }

    public TarBytes entry(String name, Header header) {
        return entry(name.getBytes(UTF_8), header);
    }

    public TarBytes entry(byte[] name, Header header) {
        var contents = header.contents().getBytes(UTF_8);
        if (name.length > 100) {
            block("././@LongLink".getBytes(UTF_8), Header.of('L', 0), name.length + 1);
            contents(java.util.Arrays.copyOf(name, name.length + 1));
        }
        block(java.util.Arrays.copyOf(name, Math.min(name.length, 100)), header, contents.length);
        contents(contents);
        return this;
    }

    /** A PAX header for the next entry; values are one character per byte. */
    public TarBytes pax(Map<String, String> records) {
        return pax(records.entrySet().stream().map(Map.Entry::copyOf).toList());
    }

    /** As above, where keys come more than once. */
    public TarBytes pax(List<Map.Entry<String, String>> records) {
        var all = new StringBuilder();
        records.forEach(record -> {
            var key = record.getKey();
            var value = record.getValue();
            int rest = key.length() + value.length() + 3;
            int length = rest + Integer.toString(rest).length();
            length = rest + Integer.toString(length).length();
            all.append(length).append(' ').append(key).append('=').append(value);
            all.append('\n');
        });
        var bytes = all.toString().getBytes(ISO_8859_1);
        block("pax".getBytes(UTF_8), Header.of('x', 0644), bytes.length);
        contents(bytes);
        return this;
    }

    /**
     * A file with holes as GNU tar's own format has it: offsets and lengths by turns, four pieces
     * in the header, 21 in each block that follows it.
     */
    public TarBytes sparse(String name, long fileBytes, List<Long> numbers, String contents) {
        var block = header(name.getBytes(UTF_8), Header.of('S', 0644), contents.length());
        number(block, 483, fileBytes);
        int done = pieces(block, 386, 4, numbers);
        seal(block);
        while (done < numbers.size()) {
            var more = new byte[512];
            done += pieces(more, 0, 21, numbers.subList(done, numbers.size()));
            out.writeBytes(more);
        }
        contents(contents.getBytes(UTF_8));
        return this;
    }

    private static int pieces(byte[] block, int from, int most, List<Long> numbers) {
        int count = Math.min(2 * most, numbers.size());
        for (int i = 0; i < count; i++) {
            number(block, from + 12 * i, numbers.get(i));
        }
        block[from + 24 * most] = (byte) (count < numbers.size() ? 1 : 0);
        return count;
    }

    /** Big numbers and negative ones as GNU tar writes them. */
    private static void number(byte[] block, int offset, long value) {
        if (value >= 0 && value <= 077777777777L) {
            put(block, offset, "%011o".formatted(value));
            return;
        }
        for (int i = 0; i < 12; i++) {
            block[offset + 11 - i] = (byte) (value >> Math.min(63, 8 * i));
        }
        block[offset] |= (byte) 0x80;
    }

    private void contents(byte[] bytes) {
        out.writeBytes(bytes);
        out.writeBytes(new byte[-bytes.length & 511]);
    }

    private void block(byte[] name, Header header, long size) {
        seal(header(name, header, size));
    }

    private static byte[] header(byte[] name, Header header, long size) {
        var block = new byte[512];
        System.arraycopy(name, 0, block, 0, name.length);
        put(block, 100, "%07o".formatted(header.mode()));
        put(block, 108, "%07o".formatted(header.uid()));
        put(block, 116, "%07o".formatted(header.gid()));
        put(block, 124, "%011o".formatted(size));
        put(block, 136, "%011o".formatted(header.time()));
        block[156] = (byte) header.type();
        put(block, 157, header.link());
        put(block, 257, "ustar  ");
        put(block, 329, "0000001");
        put(block, 337, "0000003");
        if (header.contents().equals("0/0")) {
            put(block, 329, "0000000");
            put(block, 337, "0000000");
        }
        return block;
    }

    private void seal(byte[] block) {
        put(block, 148, "        ");
        int sum = 0;
        for (byte each : block) {
            sum += each & 0xff;
        }
        put(block, 148, "%06o\0 ".formatted(sum));
        out.writeBytes(block);
    }

    private static void put(byte[] block, int offset, String text) {
        var bytes = text.getBytes(ISO_8859_1);
        System.arraycopy(bytes, 0, block, offset, bytes.length);
    }

    /** {@return the archive so far, without its end} */
    public byte[] unfinished() {
        return out.toByteArray();
    }

    /** {@return the whole archive} */
    public byte[] bytes() {
        var end = new ByteArrayOutputStream();
        end.writeBytes(out.toByteArray());
        end.writeBytes(new byte[1024]);
        return end.toByteArray();
    }
}
