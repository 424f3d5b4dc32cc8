package io.demitasse.daemon.command;

import io.grpc.StatusRuntimeException;
import java.io.IOException;
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
            PullCommand.class,
            ImagesCommand.class,
            RmiCommand.class,
            TagCommand.class,
            PushCommand.class,
            LoadCommand.class,
            SaveCommand.class,
            LoginCommand.class,
            LogoutCommand.class,
            ImageCommand.class,
            FirstPodCommand.class,
            ThreadsCommand.class,
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

    /** A status that the daemon sent has no cause here; one that gRPC made up itself has. */
    private static String sentence(StatusRuntimeException answer) {
        var description = answer.getStatus().getDescription();
        if (answer.getStatus().getCause() instanceof IOException broken) {
            return "the daemon does not answer: "
                    + DaemonLog.sentence(broken)
                    + "; "
                    + ListenOption.HOW_TO_START;
        }
        return description == null ? "the daemon answered " + answer.getMessage() : description;
    }

    /** What the user did wrong takes a line; what we did wrong takes a stack trace. */
    private static int report(Exception failure) {
        if (failure instanceof StatusRuntimeException answer) {
            System.err.println("demitasse: " + sentence(answer));
        } else if (failure instanceof IllegalArgumentException wrong) {
            System.err.println("demitasse: " + wrong.getMessage());
        } else if (failure instanceof RuntimeException) {
            failure.printStackTrace(System.err);
        } else {
            System.err.println("demitasse: " + DaemonLog.sentence(failure));
        }
        return CommandLine.ExitCode.SOFTWARE;
    }
}
