package io.demitasse.storage.registry;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A JSON object that others wrote. What is missing, or {@code null}, is empty; wrong types throw.
 *
 * <p>Read as programs in Go read theirs, which those who write them try them with: a key may be in
 * other letters, small or capital, if nothing is exactly so, and bytes that are no character of
 * UTF-8 are replaced.
 */
public final class JsonDocument {
    private final JsonObject object;
    private final String what;

    private JsonDocument(JsonObject object, String what) {
        this.object = object;
        this.what = what;
    }

    /** Parses; {@code what} names the document in messages. */
    public static JsonDocument parse(byte[] json, String what) throws PullException {
        return parse(json, what, _ -> true);
    }

    /**
     * Parses and keeps what is wanted of it.
     *
     * @param wanted asked with the keys that lead to a member, as {@code config/Env}
     */
    public static JsonDocument parse(byte[] json, String what, Predicate<String> wanted)
            throws PullException {
        try {
            return of(JsonTree.read(json, wanted), what);
        } catch (IOException | JsonParseException wrong) {
            throw new PullException(Reason.CORRUPT, what + " is not JSON", wrong);
        }
    }

    private static JsonDocument of(JsonElement element, String what) throws PullException {
        if (!(element instanceof JsonObject object)) {
            throw new PullException(Reason.CORRUPT, what + " is not a JSON object");
        }
        return new JsonDocument(object, what);
    }

    private JsonElement get(String key) {
        var value = object.get(key);
        if (value != null) {
            return value;
        }
        for (var entry : object.entrySet()) {
            if (entry.getKey().equalsIgnoreCase(key)) {
                return entry.getValue();
            }
        }
        return JsonNull.INSTANCE;
    }

    /** {@return whether there is such a key with a value} */
    public boolean has(String key) {
        return !get(key).isJsonNull();
    }

    /** {@return a string} */
    public Optional<String> text(String key) throws PullException {
        return switch (get(key)) {
            case JsonNull _ -> Optional.empty();
            case JsonPrimitive value when value.isString() -> Optional.of(value.getAsString());
            default -> throw wrong(key, "a string");
        };
    }

    /** {@return a digest that must be there} */
    public Digest digest(String key) throws PullException {
        return parsed(text(key).orElseThrow(() -> wrong(key, "a digest")));
    }

    private Digest parsed(String text) throws PullException {
        try {
            return Digest.parse(text);
        } catch (IllegalArgumentException unknown) {
            throw new PullException(Reason.CORRUPT, what + ": " + unknown.getMessage(), unknown);
        }
    }

    /** {@return a number of bytes that must be there} */
    public long size(String key) throws PullException {
        if (get(key) instanceof JsonPrimitive value && value.isNumber()) {
            try {
                long size = value.getAsBigDecimal().longValueExact();
                if (size >= 0) {
                    return size;
                }
            } catch (ArithmeticException fraction) {
                throw new PullException(
                        Reason.CORRUPT, what + ": " + key + " is " + value, fraction);
            }
        }
        throw wrong(key, "a size");
    }

    /** {@return whether a flag is there and set} */
    public boolean flag(String key) {
        return get(key) instanceof JsonPrimitive value && value.isBoolean() && value.getAsBoolean();
    }

    /** {@return an object that must be there} */
    public JsonDocument object(String key) throws PullException {
        return of(get(key), what + ": " + key);
    }

    /** {@return an object, or an empty one} */
    public JsonDocument objectOrEmpty(String key) throws PullException {
        return has(key) ? object(key) : new JsonDocument(new JsonObject(), what + ": " + key);
    }

    /** {@return the objects of a list} */
    public List<JsonDocument> objects(String key) throws PullException {
        var list = new ArrayList<JsonDocument>();
        for (var element : array(key)) {
            list.add(of(element, what + ": an element of " + key));
        }
        return list;
    }

    /** {@return the strings of a list} */
    public List<String> texts(String key) throws PullException {
        var list = new ArrayList<String>();
        for (var element : array(key)) {
            if (!(element instanceof JsonPrimitive text) || !text.isString()) {
                throw wrong(key, "a list of strings");
            }
            list.add(text.getAsString());
        }
        return list;
    }

    /** {@return the digests of a list} */
    public List<Digest> digests(String key) throws PullException {
        var list = new ArrayList<Digest>();
        for (var text : texts(key)) {
            list.add(parsed(text));
        }
        return list;
    }

    /** {@return the strings of an object} */
    public Map<String, String> textMap(String key) throws PullException {
        var map = new LinkedHashMap<String, String>();
        var values = objectOrEmpty(key);
        for (var name : values.object.keySet()) {
            map.put(name, values.text(name).orElse(""));
        }
        return map;
    }

    /** {@return the keys of an object whose values mean nothing} */
    public List<String> keys(String key) throws PullException {
        return List.copyOf(objectOrEmpty(key).object.keySet());
    }

    private JsonArray array(String key) throws PullException {
        return switch (get(key)) {
            case JsonNull _ -> new JsonArray();
            case JsonArray array -> array;
            default -> throw wrong(key, "a list");
        };
    }

    private PullException wrong(String key, String expected) {
        return new PullException(Reason.CORRUPT, what + ": " + key + " is not " + expected);
    }

    @Override
    public String toString() {
        return what;
    }
}
