package io.demitasse.daemon.command;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code demitasse image}: what is asked about images less often. */
@Command(
        name = "image",
        description = "Explain how an image would be pulled, check what is stored.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {ExplainCommand.class, CheckCommand.class})
final class ImageCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(names = "--help", usageHelp = true, description = "Show this text and end.")
    @SuppressWarnings("UnusedVariable") // picocli only needs the option
    private boolean help;

    @Override
    public Integer call() {
        spec.commandLine().usage(System.err);
        return CommandLine.ExitCode.USAGE;
    }
}
