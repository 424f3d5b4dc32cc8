package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.Metric;
import io.demitasse.cri.v1.MetricDescriptor;
import io.demitasse.cri.v1.MetricType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.function.Function;

/**
 * A number with a name, as Prometheus has it, that is read from what was measured.
 *
 * @param labels that it has besides those of what it is about
 * @param value absent where this node does not count it
 */
record Figure<T>(
        String name,
        String help,
        MetricType type,
        SortedMap<String, String> labels,
        Function<T, OptionalLong> value) {
    /** {@return what it is, and which labels it has, those of what it is about first} */
    MetricDescriptor descriptor(List<String> aboutKeys) {
        return MetricDescriptor.newBuilder()
                .setName(name)
                .setHelp(help)
                .addAllLabelKeys(aboutKeys)
                .addAllLabelKeys(labels.keySet())
                .build();
    }

    /** {@return the number, read just now, which CRI says by the time 0} */
    Optional<Metric> read(T measured, List<String> aboutValues) {
        var number = value.apply(measured);
        if (number.isEmpty()) {
            return Optional.empty();
        }
        var values = new ArrayList<>(aboutValues);
        values.addAll(labels.values());
        return Optional.of(
                Metric.newBuilder()
                        .setName(name)
                        .setMetricType(type)
                        .addAllLabelValues(values)
                        .setValue(StatsReader.value(number.getAsLong()))
                        .build());
    }
}
