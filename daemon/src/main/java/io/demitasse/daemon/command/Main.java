package io.demitasse.daemon.command;

import io.grpc.StatusRuntimeException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** The {@code demitasse} command. */
@Command(
        name = "demitasse",
        description = "A Kubernetes container runtime.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ServeCommand.class,
            LoadCommand.class,
            FirstPodCommand.class,
            RemovePodsCommand.class,
            RehearseCommand.class,
            VersionCommand.class,
            HelpCommand.class
        })
public final class Main {
    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        DaemonLog.install();
        System.exit(execute(arguments));
    }

    static int execute(String... arguments) {
        var serve = ServeCommand.plain(arguments);
        if (serve.isPresent()) {
            return call(serve.get());
        }
        var line = new CommandLine(new Main());
        line.setUsageHelpLongOptionsMaxWidth(30);
        line.setExecutionExceptionHandler((failure, _, _) -> report(failure));
        return line.execute(arguments.length == 0 ? new String[] {"help"} : arguments);
    }

    private static int call(ServeCommand command) {
        try {
            return command.call();
        } catch (Exception failure) {
            return report(failure);
        }
    }

    /** What the user did wrong takes a line; what we did wrong takes a stack trace. */
    private static int report(Exception failure) {
        if (failure instanceof StatusRuntimeException answer) {
            System.err.println("demitasse: the daemon answered " + DaemonLog.sentence(answer));
        } else if (failure instanceof RuntimeException) {
            failure.printStackTrace(System.err);
        } else {
            System.err.println("demitasse: " + DaemonLog.sentence(failure));
        }
        return CommandLine.ExitCode.SOFTWARE;
    }
}
