package io.demitasse.perf.comparison;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a runtime did for a container, as it is found inside: seccomp mode, capability sets, masked
 * and read-only paths, mounts, devices, links, log line, exit code.
 *
 * <p>A runtime that does less is faster: figures are only compared where this is equal.
 *
 * @param facts values by name
 */
public record Work(SortedMap<String, String> facts) {
    /** Copies. */
    public Work {
        facts = new TreeMap<>(facts);
    }

    /** {@return the facts of lines {@code NAME VALUE}} */
    public static Work parse(String lines) {
        var facts = new TreeMap<String, String>();
        for (String line : lines.lines().toList()) {
            int blank = line.indexOf(' ');
            if (blank < 0) {
                facts.put(line, "");
            } else {
                facts.put(line.substring(0, blank), line.substring(blank + 1).strip());
            }
        }
        return new Work(facts);
    }

    /** {@return these facts and one more} */
    public Work with(String name, String value) {
        var more = new TreeMap<>(facts);
        more.put(name, value);
        return new Work(more);
    }

    /** {@return one line for each fact that is not the same everywhere, with all its values} */
    public static List<String> differences(Map<String, Work> works) {
        var names = new TreeSet<String>();
        works.values().forEach(work -> names.addAll(Objects.requireNonNull(work).facts.keySet()));
        var differences = new ArrayList<String>();
        for (String name : names) {
            var values = new TreeMap<String, String>();
            works.forEach((runtime, work) -> values.put(runtime, work.value(name)));
            if (values.values().stream().distinct().count() > 1) {
                differences.add(name + ": " + values);
            }
        }
        return differences;
    }

    private String value(String name) {
        return facts.getOrDefault(name, "absent");
    }
}
