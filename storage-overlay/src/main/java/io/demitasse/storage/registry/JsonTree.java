package io.demitasse.storage.registry;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;

/**
 * Reads JSON that others wrote into no more memory than what is wanted of it takes: two bytes of
 * text can become an object of a hundred, so values are counted.
 */
final class JsonTree {
    /** Some hundred times what a manifest of 500 layers has. */
    private static final int MAX_VALUES = 1 << 16;

    private static final int MAX_DIGITS = 100;

    private final JsonReader reader;
    private final Predicate<String> wanted;
    private int values;

    private JsonTree(JsonReader reader, Predicate<String> wanted) {
        this.reader = reader;
        this.wanted = wanted;
    }

    /**
     * {@return a document without those members of objects that are not wanted}
     *
     * @param wanted asked with the keys that lead to a member, {@code config/Env}; what is not
     *     wanted is not kept, however large it is
     * @throws IOException if it is not JSON, or has too many values
     */
    static JsonElement read(byte[] json, Predicate<String> wanted) throws IOException {
        var text = new InputStreamReader(new ByteArrayInputStream(json), StandardCharsets.UTF_8);
        var reader = new JsonReader(text);
        reader.setStrictness(Strictness.LENIENT);
        try {
            var element = new JsonTree(reader, wanted).value("");
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new MalformedJsonException("there is more behind its end");
            }
            return element;
        } catch (IllegalStateException | NumberFormatException malformed) {
            throw new MalformedJsonException(malformed);
        }
    }

    private JsonElement value(String path) throws IOException {
        values++;
        if (values > MAX_VALUES) {
            throw new MalformedJsonException("it has more than " + MAX_VALUES + " values");
        }
        return switch (reader.peek()) {
            case BEGIN_OBJECT -> object(path);
            case BEGIN_ARRAY -> array(path);
            case STRING -> new JsonPrimitive(reader.nextString());
            case NUMBER -> new JsonPrimitive(number(reader.nextString()));
            case BOOLEAN -> new JsonPrimitive(reader.nextBoolean());
            case NULL -> {
                reader.nextNull();
                yield JsonNull.INSTANCE;
            }
            case END_OBJECT, END_ARRAY, NAME, END_DOCUMENT ->
                    throw new MalformedJsonException("a value is missing");
        };
    }

    private static BigDecimal number(String text) throws IOException {
        if (text.length() > MAX_DIGITS) {
            throw new MalformedJsonException("a number of " + text.length() + " characters");
        }
        return new BigDecimal(text);
    }

    private JsonObject object(String path) throws IOException {
        var object = new JsonObject();
        reader.beginObject();
        while (reader.hasNext()) {
            var key = reader.nextName();
            var inner = path.isEmpty() ? key : path + "/" + key;
            if (wanted.test(inner)) {
                object.add(key, value(inner));
            } else {
                reader.skipValue();
            }
        }
        reader.endObject();
        return object;
    }

    private JsonArray array(String path) throws IOException {
        var array = new JsonArray();
        reader.beginArray();
        while (reader.hasNext()) {
            array.add(value(path));
        }
        reader.endArray();
        return array;
    }
}
