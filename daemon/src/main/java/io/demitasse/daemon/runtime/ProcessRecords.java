package io.demitasse.daemon.runtime;

import com.google.protobuf.ByteString;
import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.record.v1.ProcessRecord;
import io.demitasse.storage.image.ImageConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What to run: the image's configuration, overridden by the request as Kubernetes defines it. */
final class ProcessRecords {
    private static final String DEFAULT_PATH =
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private ProcessRecords() {}

    /** {@return arguments, environment and directory; the user is resolved elsewhere} */
    static ProcessRecord.Builder of(ContainerConfig config, ImageConfig image, String hostname)
            throws RequestException {
        var arguments = arguments(config, image);
        if (arguments.isEmpty()) {
            throw RequestException.invalid(
                    "container \"%s\" has no command, and neither has its image %s",
                    config.getMetadata().getName(), config.getImage().getImage());
        }
        for (var argument : arguments) {
            requireNoNul(argument, "an argument", config);
        }
        var directory =
                config.getWorkingDir().isEmpty()
                        ? image.workingDirectory()
                        : config.getWorkingDir();
        requireNoNul(directory, "the working directory", config);
        var process =
                ProcessRecord.newBuilder()
                        .addAllArguments(arguments)
                        // an image's may be relative: builders mean it from the root on
                        .setWorkingDirectory(
                                directory.startsWith("/") ? directory : "/" + directory);
        environment(config, image, hostname)
                .forEach((name, value) ->
                        process.addEnvironment(ByteString.copyFromUtf8(name + "=").concat(value)));
        return process;
    }

    /**
     * A command of the request drops the image's arguments; arguments alone keep its entrypoint.
     */
    private static List<String> arguments(ContainerConfig config, ImageConfig image) {
        var arguments = new ArrayList<String>();
        if (config.getCommandCount() > 0) {
            arguments.addAll(config.getCommandList());
            arguments.addAll(config.getArgsList());
        } else {
            // [""] is how builders take back the entrypoint of an image below
            if (!image.entrypoint().equals(List.of(""))) {
                arguments.addAll(image.entrypoint());
            }
            arguments.addAll(config.getArgsCount() > 0 ? config.getArgsList() : image.command());
        }
        return arguments;
    }

    private static Map<String, ByteString> environment(
            ContainerConfig config, ImageConfig image, String hostname) throws RequestException {
        var environment = new LinkedHashMap<String, ByteString>();
        environment.put("PATH", ByteString.copyFromUtf8(DEFAULT_PATH));
        environment.put("HOSTNAME", ByteString.copyFromUtf8(hostname));
        if (config.getTty()) {
            environment.put("TERM", ByteString.copyFromUtf8("xterm"));
        }
        for (var line : image.environment()) {
            requireNoNul(line, "an environment variable", config);
            int equals = line.indexOf('=');
            if (equals > 0) {
                environment.put(
                        line.substring(0, equals),
                        ByteString.copyFromUtf8(line.substring(equals + 1)));
            }
        }
        for (var variable : config.getEnvsList()) {
            if (variable.getKey().isEmpty()
                    || variable.getKey().indexOf('=') >= 0
                    || variable.getKey().indexOf('\0') >= 0
                    || hasNul(variable.getValue())) {
                throw RequestException.invalid(
                        "environment variable \"%s\" of container \"%s\" has an empty name, or a"
                                + " NUL or = where none may be",
                        // what follows = is a value in the wrong place
                        variable.getKey().replaceFirst("(?s)=.*", "="),
                        config.getMetadata().getName());
            }
            environment.put(variable.getKey(), variable.getValue());
        }
        return environment;
    }

    /** The kernel would take what is before it for the whole. */
    private static void requireNoNul(String text, String what, ContainerConfig config)
            throws RequestException {
        if (text.indexOf('\0') >= 0) {
            throw RequestException.invalid(
                    "%s of container \"%s\", or of its image %s, has a NUL in it",
                    what, config.getMetadata().getName(), config.getImage().getImage());
        }
    }

    private static boolean hasNul(ByteString bytes) {
        for (int i = 0; i < bytes.size(); i++) {
            if (bytes.byteAt(i) == 0) {
                return true;
            }
        }
        return false;
    }
}
