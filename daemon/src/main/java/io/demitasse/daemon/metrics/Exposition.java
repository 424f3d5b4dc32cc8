package io.demitasse.daemon.metrics;

/**
 * Text as Prometheus reads it.
 *
 * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">exposition
 *     formats</a>
 */
final class Exposition {
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final StringBuilder text = new StringBuilder();

    /** Begins a metric that only grows; its samples follow. */
    Exposition counter(String name, String help) {
        return begin(name, help, "counter");
    }

    /** Begins a metric that goes up and down; its samples follow. */
    Exposition gauge(String name, String help) {
        return begin(name, help, "gauge");
    }

    private Exposition begin(String name, String help, String type) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
        return this;
    }

    /** Adds a sample; labels as in {@code {result="success"}}, or empty. */
    Exposition sample(String name, String labels, long value) {
        text.append(name).append(labels).append(' ').append(value).append('\n');
        return this;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
