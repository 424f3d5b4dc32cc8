package io.demitasse.daemon.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

/** Reads sizes of a terminal, {@code {"Width":80,"Height":24}}, one object after the other. */
final class ResizeReader {
    private static final int MAX_CHARACTERS = 4096;

    private final StringBuilder pending = new StringBuilder();

    /** Takes a size. */
    @FunctionalInterface
    interface Listener {
        void resize(int rows, int columns);
    }

    void read(byte[] bytes, Listener listener) {
        pending.append(new String(bytes, UTF_8));
        for (int end = pending.indexOf("}"); end >= 0; end = pending.indexOf("}")) {
            var text = pending.substring(0, end + 1);
            pending.delete(0, end + 1);
            tell(text, listener);
        }
        if (pending.length() > MAX_CHARACTERS) {
            pending.setLength(0);
        }
    }

    /** What is no size is left out: a terminal of the old size is better than none. */
    private static void tell(String text, Listener listener) {
        try {
            if (JsonParser.parseString(text) instanceof JsonObject size
                    && size.has("Width")
                    && size.has("Height")) {
                listener.resize(size.get("Height").getAsInt(), size.get("Width").getAsInt());
            }
        } catch (JsonParseException | NumberFormatException | UnsupportedOperationException no) {
            return;
        }
    }
}
