package io.demitasse.daemon.configuration;

import com.electronwill.nightconfig.core.UnmodifiableConfig;
import com.electronwill.nightconfig.core.io.ParsingException;
import com.electronwill.nightconfig.toml.TomlParser;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Lays settings over a configuration: those of a TOML file, or those of the command line. */
public final class ConfigurationReader {
    private static final int MAX_TYPING_ERRORS = 4;

    private final List<Setting> settings = Setting.all();

    /**
     * {@return {@code base} with what {@code file} sets}
     *
     * @throws ConfigurationException if the file cannot be read or parsed, or names a key that does
     *     not exist or a value that does not fit
     */
    public Configuration read(Path file, Configuration base) throws ConfigurationException {
        UnmodifiableConfig parsed;
        try {
            // The parser refuses a table's header as the last line if that has no end.
            parsed = new TomlParser().parse(new StringReader(Files.readString(file) + "\n"));
        } catch (IOException unreadable) {
            throw new ConfigurationException("cannot read configuration file " + file, unreadable);
        } catch (ParsingException malformed) {
            throw new ConfigurationException(file + ": no TOML", malformed);
        }
        var values = new LinkedHashMap<String, Object>();
        flatten("", parsed, values);
        var configuration = base;
        for (var entry : values.entrySet()) {
            configuration = apply(file.toString(), configuration, entry.getKey(), entry.getValue());
        }
        return configuration;
    }

    /**
     * {@return {@code base} with one flag applied}
     *
     * @param flag as the user typed it, for the message
     * @param key the setting that the flag stands for
     */
    public Configuration apply(String flag, Configuration base, String key, Object value)
            throws ConfigurationException {
        var setting = find(key).orElseThrow(() -> unknown(flag, key));
        try {
            return setting.apply().apply(base, value);
        } catch (IllegalArgumentException refused) {
            throw new ConfigurationException(flag + ": " + refused.getMessage(), refused);
        }
    }

    private Optional<Setting> find(String key) {
        return settings.stream().filter(setting -> setting.key().equals(key)).findFirst();
    }

    /** An empty table of a name that no setting has is kept, to be refused like any unknown key. */
    private void flatten(String prefix, UnmodifiableConfig table, Map<String, Object> values) {
        for (var entry : table.entrySet()) {
            var key = prefix + entry.getKey();
            Object value = entry.getValue();
            if (value instanceof UnmodifiableConfig nested
                    && (!nested.isEmpty() || tables().anyMatch(key::equals))) {
                flatten(key + ".", nested, values);
            } else {
                values.put(key, value);
            }
        }
    }

    private Stream<String> tables() {
        return settings.stream()
                .map(Setting::key)
                .filter(key -> key.contains("."))
                .map(key -> key.substring(0, key.lastIndexOf('.')))
                .distinct();
    }

    private ConfigurationException unknown(String source, String key) {
        var message = source + ": unknown key \"" + key + "\"";
        return new ConfigurationException(
                Stream.concat(settings.stream().map(Setting::key), tables())
                        .min(Comparator.comparingInt(known -> distance(known, key)))
                        .filter(known -> distance(known, key) <= MAX_TYPING_ERRORS)
                        .map(known -> message + ", did you mean \"" + known + "\"?")
                        .orElse(message));
    }

    /** Levenshtein's distance: how many letters to change, add or drop. */
    private static int distance(String one, String other) {
        var previous = new int[other.length() + 1];
        for (int column = 0; column <= other.length(); column++) {
            previous[column] = column;
        }
        for (int row = 1; row <= one.length(); row++) {
            var current = new int[other.length() + 1];
            current[0] = row;
            for (int column = 1; column <= other.length(); column++) {
                int changed = one.charAt(row - 1) == other.charAt(column - 1) ? 0 : 1;
                current[column] =
                        Math.min(
                                previous[column - 1] + changed,
                                1 + Math.min(previous[column], current[column - 1]));
            }
            previous = current;
        }
        return previous[other.length()];
    }
}
