package io.demitasse.daemon.command;

import static java.lang.System.Logger.Level.INFO;

import io.demitasse.daemon.Daemon;
import io.demitasse.daemon.configuration.Configuration;
import io.demitasse.daemon.configuration.ConfigurationException;
import io.demitasse.daemon.configuration.ConfigurationReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code demitasse serve}: the daemon, in the foreground, until SIGTERM or SIGINT.
 *
 * <p>Its end is no event for containers: they keep running, and the next daemon finds them.
 */
@Command(
        name = "serve",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = {
            "Run the daemon in the foreground and serve CRI v1 on a unix socket.",
            "",
            "A flag beats the configuration file, the file beats the defaults. Daemons that differ in"
                    + " --listen, --root, --state, --cgroup-root and network.bridge can run side by"
                    + " side. SIGTERM or SIGINT ends the daemon; containers keep running, and the"
                    + " next daemon with the same --root and --state finds them.",
            "",
        },
        footer = {
            "",
            "Configuration file (TOML), with its defaults:",
            "  listen = \"unix:///run/demitasse/demitasse.sock\"",
            "  root = \"/var/lib/demitasse\"",
            "  state = \"/run/demitasse\"",
            "  cgroup_root = \"/sys/fs/cgroup\"",
            "  log_level = \"info\"",
            "  shim_binary = \"<installation>/libexec/demitasse-shim\"",
            "  [network]",
            "  bridge = \"demi0\"",
            "  subnet = \"10.88.0.0/16\"",
            "  mtu = 1500",
            "  ready_pods = 2                     # made before they are asked for",
            "  enable_unprivileged_ports = true   # any user of a pod listens on ports below 1024",
            "  enable_unprivileged_icmp = true    # any user of a pod may ping",
            "  [cgroup]",
            "  unenforceable_limits = \"error\"    # or \"warn\": start without the limit",
        })
final class ServeCommand implements Callable<Integer> {
    private static final System.Logger LOG = System.getLogger("io.demitasse.daemon");

    private static final Set<String> FLAGS =
            Set.of("--listen", "--root", "--state", "--config", "--cgroup-root", "--log-level");

    @Option(
            names = "--listen",
            paramLabel = "ADDRESS",
            description = "Socket to serve on; default unix:///run/demitasse/demitasse.sock.")
    private @Nullable String listen;

    @Option(
            names = "--root",
            paramLabel = "DIRECTORY",
            description = "Durable data: images, layers, records; default /var/lib/demitasse.")
    private @Nullable String root;

    @Option(
            names = "--state",
            paramLabel = "DIRECTORY",
            description = "Data that a reboot ends: pins, sockets, leases; default /run/demitasse.")
    private @Nullable String state;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Configuration file; default /etc/demitasse/config.toml, if it exists.")
    private @Nullable Path config;

    @Option(
            names = "--cgroup-root",
            paramLabel = "DIRECTORY",
            description =
                    "cgroup2 directory that cgroup_parent is relative to; default /sys/fs/cgroup.")
    private @Nullable String cgroupRoot;

    @Option(
            names = "--log-level",
            paramLabel = "LEVEL",
            description = "trace, debug, info, warning or error; default info.")
    private @Nullable String logLevel;

    @Option(names = "--help", usageHelp = true, description = "Show this text and end.")
    @SuppressWarnings("UnusedVariable") // picocli only needs the option
    private boolean help;

    /**
     * {@return the command of a line that is {@code serve} and known flags with a value each;
     * nothing for any other line, which picocli is to parse or refuse}
     *
     * <p>The classes of picocli are in a format that is older than what an ahead-of-time cache
     * holds. Without them a start takes half the time, and a restart is a node's time without a
     * runtime.
     */
    static Optional<ServeCommand> plain(String... line) {
        if (line.length % 2 == 0 || !line[0].equals("serve")) {
            return Optional.empty();
        }
        var given = new HashMap<String, String>();
        for (int i = 1; i < line.length; i += 2) {
            boolean known = FLAGS.contains(line[i]) && !line[i + 1].startsWith("-");
            if (!known || given.put(line[i], line[i + 1]) != null) {
                return Optional.empty();
            }
        }
        var command = new ServeCommand();
        command.listen = given.get("--listen");
        command.root = given.get("--root");
        command.state = given.get("--state");
        command.config = given.containsKey("--config") ? Path.of(given.get("--config")) : null;
        command.cgroupRoot = given.get("--cgroup-root");
        command.logLevel = given.get("--log-level");
        return Optional.of(command);
    }

    @Override
    public Integer call() throws ConfigurationException, IOException, InterruptedException {
        var configuration = configuration();
        DaemonLog.level(configuration.logLevel());
        DaemonProcess.confine();
        var notification = ServiceNotification.fromEnvironment();
        var daemon = new Daemon(configuration);
        daemon.start();
        // Not before: a start that failed has nothing to stop, and an exit code of its own
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform()
                                .name("shutdown")
                                .unstarted(() -> stop(daemon, notification)));
        LOG.log(
                INFO,
                "serving listen={0} version={1}",
                configuration.socket().path(),
                VersionCommand.version());
        notification.send("READY=1");
        daemon.awaitTermination();
        return 0;
    }

    /** The JVM would report 143 for SIGTERM: halting here says that the end was a clean one. */
    private static void stop(Daemon daemon, ServiceNotification notification) {
        int exitCode = 0;
        try {
            notification.send("STOPPING=1");
            daemon.stop();
            LOG.log(INFO, "stopped, containers keep running");
        } catch (RuntimeException bug) {
            LOG.log(System.Logger.Level.ERROR, "cannot stop cleanly", bug);
            exitCode = 1;
        }
        Runtime.getRuntime().halt(exitCode);
    }

    Configuration configuration() throws ConfigurationException {
        var reader = new ConfigurationReader();
        var result = Configuration.defaults();
        var file = file();
        if (file.isPresent()) {
            result = reader.read(file.get(), result);
        }
        for (var flag : flags().entrySet()) {
            var name = "--" + flag.getKey().replace('_', '-');
            result = reader.apply(name, result, flag.getKey(), flag.getValue());
        }
        return result;
    }

    private Optional<Path> file() {
        return Optional.ofNullable(config)
                .or(() -> Optional.of(Configuration.DEFAULT_FILE).filter(Files::exists));
    }

    /** {@return the flags that were given, by the key of the setting that each stands for} */
    private Map<String, String> flags() {
        var given = new LinkedHashMap<String, String>();
        putIfGiven(given, "listen", listen);
        putIfGiven(given, "root", root);
        putIfGiven(given, "state", state);
        putIfGiven(given, "cgroup_root", cgroupRoot);
        putIfGiven(given, "log_level", logLevel);
        return given;
    }

    private static void putIfGiven(Map<String, String> given, String key, @Nullable String value) {
        if (value != null) {
            given.put(key, value);
        }
    }
}
