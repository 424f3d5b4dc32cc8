package io.demitasse.daemon.command;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code demitasse version}: what this is, without asking a daemon. */
@Command(name = "version", description = "Print the versions of demitasse, CRI and the JVM.")
final class VersionCommand implements Callable<Integer> {
    /** {@return the version that the build wrote into the jar's manifest} */
    static String version() {
        return Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
                .orElse("development");
    }

    @Override
    public Integer call() {
        System.out.println("demitasse " + version());
        System.out.println("cri v1");
        System.out.println("java " + Runtime.version());
        return 0;
    }
}
