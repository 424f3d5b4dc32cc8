package io.demitasse.storage.endpoint;

import com.electronwill.nightconfig.core.UnmodifiableConfig;
import com.electronwill.nightconfig.core.io.ParsingException;
import com.electronwill.nightconfig.core.io.ParsingMode;
import com.electronwill.nightconfig.toml.TomlFormat;
import com.electronwill.nightconfig.toml.TomlParser;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A table of a TOML file that others wrote, in the file's order. What is missing is empty; wrong
 * types are refused with file and key.
 */
record TomlTable(String where, Map<String, Object> values) {
    static TomlTable read(Path file) throws EndpointException {
        try {
            // The parser's own tables forget their order, and the order of mirrors has a meaning.
            var root = TomlFormat.newConfig(LinkedHashMap::new);
            // It also refuses a table's header as the last line if that has no end.
            var text = Files.readString(file) + "\n";
            new TomlParser().parse(new StringReader(text), root, ParsingMode.REPLACE);
            return new TomlTable(file.toString(), values(root));
        } catch (IOException unreadable) {
            throw new EndpointException("cannot read " + file, unreadable);
        } catch (ParsingException malformed) {
            throw new EndpointException(file + " is not TOML", malformed);
        }
    }

    private Optional<Object> value(String key) {
        return Optional.ofNullable(values.get(key));
    }

    EndpointException wrong(String key, String expected) {
        return new EndpointException(where + ": " + key + " must be " + expected);
    }

    Optional<String> text(String key) throws EndpointException {
        var found = value(key);
        if (found.isPresent() && !(found.get() instanceof String)) {
            throw wrong(key, "a string");
        }
        return found.map(String.class::cast);
    }

    boolean flag(String key) throws EndpointException {
        return switch (value(key).orElse(false)) {
            case Boolean flag -> flag;
            default -> throw wrong(key, "true or false");
        };
    }

    /** A list of strings, for which one string alone may stand. */
    List<String> texts(String key) throws EndpointException {
        return switch (value(key).orElse(List.of())) {
            case String one -> List.of(one);
            case List<?> list -> texts(key, list);
            default -> throw wrong(key, "a string or a list of strings");
        };
    }

    private List<String> texts(String key, List<?> list) throws EndpointException {
        var texts = new ArrayList<String>();
        for (var each : list) {
            if (!(each instanceof String text)) {
                throw wrong(key, "a list of strings");
            }
            texts.add(text);
        }
        return texts;
    }

    /** A string, a list of strings, or a list of such lists: what {@code client} may be. */
    List<List<String>> pairs(String key) throws EndpointException {
        var pairs = new ArrayList<List<String>>();
        if (value(key).orElse("") instanceof List<?> list) {
            for (var each : list) {
                pairs.add(
                        each instanceof List<?> inner
                                ? texts(key, inner)
                                : texts(key, List.of(each)));
            }
            return pairs;
        }
        texts(key).forEach(one -> pairs.add(List.of(one)));
        return pairs;
    }

    /** {@return the tables inside a table, in the file's order} */
    Map<String, TomlTable> tables(String key) throws EndpointException {
        var tables = new LinkedHashMap<String, TomlTable>();
        for (var entry : table(key).values.entrySet()) {
            if (!(entry.getValue() instanceof UnmodifiableConfig inner)) {
                throw wrong(key, "a table of tables");
            }
            tables.put(entry.getKey(), inside(key + "." + entry.getKey(), inner));
        }
        return tables;
    }

    TomlTable table(String key) throws EndpointException {
        return switch (value(key).orElse(TomlFormat.newConfig())) {
            case UnmodifiableConfig inner -> inside(key, inner);
            default -> throw wrong(key, "a table");
        };
    }

    /** {@return the tables of {@code [[key]]}} */
    List<TomlTable> list(String key) throws EndpointException {
        if (!(value(key).orElse(List.of()) instanceof List<?> list)) {
            throw wrong(key, "a list of tables");
        }
        var tables = new ArrayList<TomlTable>();
        for (var each : list) {
            if (!(each instanceof UnmodifiableConfig inner)) {
                throw wrong(key, "a list of tables");
            }
            tables.add(inside(key, inner));
        }
        return tables;
    }

    private TomlTable inside(String key, UnmodifiableConfig inner) {
        return new TomlTable(where + ": " + key, values(inner));
    }

    private static Map<String, Object> values(UnmodifiableConfig table) {
        var values = new LinkedHashMap<String, Object>();
        for (var entry : table.entrySet()) {
            Object value = entry.getValue();
            values.put(entry.getKey(), value);
        }
        return values;
    }
}
