package io.demitasse.daemon.runtime;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;

/**
 * The fields of a JSON object as Go's encoding/json reads them, which others wrote it for: keys in
 * any case, the last one wins, {@code null} is nothing. A wrong type is an error.
 */
final class JsonFields {
    private static final BigInteger MAX_UNSIGNED = BigInteger.ONE.shiftLeft(Long.SIZE);

    private final Map<String, JsonElement> fields = new HashMap<>();

    private JsonFields(JsonObject object) {
        for (var field : object.entrySet()) {
            fields.put(field.getKey().toLowerCase(Locale.ROOT), field.getValue());
        }
    }

    /**
     * {@return the fields of a document}
     *
     * @throws IllegalArgumentException if it is not one JSON object
     */
    static JsonFields parse(String text) {
        var reader = new JsonReader(new StringReader(text));
        reader.setStrictness(Strictness.STRICT);
        try {
            var document = JsonParser.parseReader(reader);
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new IllegalArgumentException("there is more behind its end");
            }
            return of(document, "it");
        } catch (JsonParseException | IOException malformed) {
            throw new IllegalArgumentException(malformed.getMessage(), malformed);
        }
    }

    private static JsonFields of(JsonElement element, String what) {
        if (!element.isJsonObject()) {
            throw new IllegalArgumentException(what + " is no object");
        }
        return new JsonFields(element.getAsJsonObject());
    }

    private Optional<JsonElement> get(String key) {
        return Optional.ofNullable(fields.get(key.toLowerCase(Locale.ROOT)))
                .filter(value -> !value.isJsonNull());
    }

    boolean has(String key) {
        return get(key).isPresent();
    }

    Optional<String> text(String key) {
        return get(key).map(value -> text(value, key));
    }

    private static String text(JsonElement value, String key) {
        if (value instanceof JsonPrimitive primitive && primitive.isString()) {
            return primitive.getAsString();
        }
        throw new IllegalArgumentException(key + " is no string");
    }

    /** {@return a number of 64 bits without a sign} */
    Optional<Long> number(String key) {
        return get(key).map(value -> {
            if (value instanceof JsonPrimitive primitive
                    && primitive.isNumber()
                    && primitive.getAsString().matches("[0-9]{1,20}")) {
                var number = new BigInteger(primitive.getAsString());
                if (number.compareTo(MAX_UNSIGNED) < 0) {
                    return number.longValue();
                }
            }
            throw new IllegalArgumentException(key + " is no number of 64 bits: " + value);
        });
    }

    List<String> texts(String key) {
        return elements(key).stream().map(element -> text(element, key)).toList();
    }

    Optional<JsonFields> object(String key) {
        return get(key).map(value -> of(value, key));
    }

    List<JsonFields> objects(String key) {
        return elements(key).stream().map(element -> of(element, "an entry of " + key)).toList();
    }

    private List<JsonElement> elements(String key) {
        var value = get(key);
        if (value.isEmpty()) {
            return List.of();
        }
        if (!value.get().isJsonArray()) {
            throw new IllegalArgumentException(key + " is no list");
        }
        return StreamSupport.stream(value.get().getAsJsonArray().spliterator(), false).toList();
    }
}
