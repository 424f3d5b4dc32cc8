package io.demitasse.daemon.configuration;

import io.demitasse.daemon.configuration.CgroupSettings.UnenforceableLimits;
import io.demitasse.sandbox.Unprivileged;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One key of the configuration file and what its value changes.
 *
 * @param key the dotted name
 * @param apply takes a configuration and a value as TOML delivers it; throws {@link
 *     IllegalArgumentException} for one that does not fit
 */
record Setting(String key, BiFunction<Configuration, Object, Configuration> apply) {
    private static final List<String> LEVELS =
            List.of("trace", "debug", "info", "warning", "error");

    /** {@return every key there is, in the order of the documentation} */
    static List<Setting> all() {
        return Stream.concat(node(), registry()).toList();
    }

    private static Stream<Setting> node() {
        return Stream.of(
                text(
                        "listen",
                        (all, value) -> all.withSocket(all.socket().withPath(socket(value)))),
                text("listen_group", (all, value) -> all.withSocket(all.socket().withGroup(value))),
                text("root", (all, value) -> all.withRoot(Path.of(value))),
                text("state", (all, value) -> all.withState(Path.of(value))),
                text("cgroup_root", (all, value) -> all.withCgroupRoot(Path.of(value))),
                text("log_level", (all, value) -> all.withLogLevel(level(value))),
                text("shim_binary", (all, value) -> all.withShimBinary(Path.of(value))),
                text(
                        "network.bridge",
                        (all, value) -> all.withNetwork(all.network().withBridge(value))),
                text(
                        "network.subnet",
                        (all, value) -> all.withNetwork(all.network().withSubnet(value))),
                number(
                        "network.mtu",
                        (all, value) -> all.withNetwork(all.network().withMtu(value))),
                number(
                        "network.ready_pods",
                        (all, value) -> all.withNetwork(all.network().withReadyPods(value))),
                unprivileged(
                        "network.enable_unprivileged_ports",
                        (open, value) -> new Unprivileged(value, open.icmp())),
                unprivileged(
                        "network.enable_unprivileged_icmp",
                        (open, value) -> new Unprivileged(open.ports(), value)),
                text(
                        "cgroup.unenforceable_limits",
                        (all, value) -> all.withCgroup(new CgroupSettings(limits(value)))),
                text(
                        "streaming.listen",
                        (all, value) -> all.withStreaming(StreamingSettings.parse(value))),
                text(
                        "metrics.listen",
                        (all, value) -> all.withMetrics(new MetricsSettings(value))));
    }

    private static Stream<Setting> registry() {
        return Stream.of(
                paths(
                        "registry.config_path",
                        (all, value) ->
                                all.withRegistry(all.registry().withHostDirectories(value))),
                paths(
                        "registry.auth_file",
                        (all, value) -> all.withRegistry(all.registry().withAuthFiles(value))),
                text(
                        "registry.registries_conf",
                        (all, value) ->
                                all.withRegistry(
                                        all.registry().withRegistriesFile(Path.of(value)))),
                texts(
                        "registry.pinned_images",
                        (all, value) -> all.withRegistry(all.registry().withPinnedImages(value))),
                truth(
                        "registry.keep_compressed_layers",
                        (all, value) -> all.withRegistry(all.registry().withKeepsBlobs(value))));
    }

    /** {@return the path in {@code unix:///path}, or in a bare path} */
    static Path socket(String address) {
        if (!address.startsWith("/") && !address.startsWith("unix:///")) {
            throw new IllegalArgumentException(
                    "listen must look like unix:///run/demitasse/demitasse.sock, not \""
                            + address
                            + "\"");
        }
        return Path.of(address.startsWith("/") ? address : address.substring("unix://".length()));
    }

    static Level level(String name) {
        if (!LEVELS.contains(name)) {
            throw new IllegalArgumentException(
                    "log_level must be one of "
                            + String.join(", ", LEVELS)
                            + ", not \""
                            + name
                            + "\"");
        }
        return Level.valueOf(name.toUpperCase(Locale.ROOT));
    }

    private static UnenforceableLimits limits(String name) {
        return Arrays.stream(UnenforceableLimits.values())
                .filter(limits -> word(limits).equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(choice(name)));
    }

    private static String choice(String name) {
        return Arrays.stream(UnenforceableLimits.values())
                .map(Setting::word)
                .collect(
                        Collectors.joining(
                                " or ",
                                "cgroup.unenforceable_limits must be ",
                                ", not \"" + name + "\""));
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static Setting text(
            String key, BiFunction<Configuration, String, Configuration> apply) {
        return new Setting(
                key,
                (all, value) -> {
                    if (value instanceof String string) {
                        return apply.apply(all, string);
                    }
                    throw new IllegalArgumentException(key + " must be a string, not " + value);
                });
    }

    /** A list of absolute paths, for which one alone may stand. */
    private static Setting paths(
            String key, BiFunction<Configuration, List<Path>, Configuration> apply) {
        return texts(
                key,
                (all, value) -> {
                    if (!value.stream().allMatch(path -> path.startsWith("/"))) {
                        throw new IllegalArgumentException(
                                key + " must be a list of absolute paths, not " + value);
                    }
                    return apply.apply(all, value.stream().map(Path::of).toList());
                });
    }

    /** A list of strings, for which one alone may stand. */
    private static Setting texts(
            String key, BiFunction<Configuration, List<String>, Configuration> apply) {
        return new Setting(
                key,
                (all, value) -> {
                    var texts = new ArrayList<String>();
                    for (var each : value instanceof List<?> list ? list : List.of(value)) {
                        if (!(each instanceof String text)) {
                            throw new IllegalArgumentException(
                                    key + " must be a list of strings, not " + value);
                        }
                        texts.add(text);
                    }
                    return apply.apply(all, texts);
                });
    }

    private static Setting truth(
            String key, BiFunction<Configuration, Boolean, Configuration> apply) {
        return new Setting(
                key,
                (all, value) -> {
                    if (value instanceof Boolean truth) {
                        return apply.apply(all, truth);
                    }
                    throw new IllegalArgumentException(
                            key + " must be true or false, not " + value);
                });
    }

    private static Setting unprivileged(
            String key, BiFunction<Unprivileged, Boolean, Unprivileged> apply) {
        return truth(
                key,
                (all, value) -> {
                    var network = all.network();
                    return all.withNetwork(
                            network.withUnprivileged(apply.apply(network.unprivileged(), value)));
                });
    }

    private static Setting number(
            String key, BiFunction<Configuration, Integer, Configuration> apply) {
        return new Setting(
                key,
                (all, value) -> {
                    if (value instanceof Integer integer) {
                        return apply.apply(all, integer);
                    }
                    throw new IllegalArgumentException(key + " must be a number, not " + value);
                });
    }
}
