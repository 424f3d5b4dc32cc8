package io.demitasse.daemon.command;

import io.demitasse.admin.v1.AdminGrpc;
import io.demitasse.admin.v1.PushRequest;
import io.demitasse.admin.v1.PushResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code demitasse push}: an image into a registry, with its progress. */
@Command(
        name = "push",
        description = {
            "Put an image into a registry.",
            "",
            "Layers that the repository has are not sent, and those of another repository of the same"
                    + " registry are taken over from there. Credentials are the daemon's: see `demitasse"
                    + " login`.",
            ""
        })
final class PushCommand implements Callable<Integer> {
    @Mixin private ListenOption listen = new ListenOption();

    @Option(
            names = {"-q", "--quiet"},
            description = "Only print the digest.")
    private boolean quiet;

    @Parameters(index = "0", paramLabel = "NAME", description = "Where to; a name of the image.")
    private String name = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "IMAGE",
            description = "What, if it does not have the name.")
    private String source = "";

    @Override
    public Integer call() throws IOException {
        try (var connection = listen.connect()) {
            var request = PushRequest.newBuilder().setName(name).setSource(source).build();
            var steps = AdminGrpc.newBlockingStub(connection.channel()).push(request);
            var view = TransferView.standard();
            var lines = new LinkedHashMap<String, TransferView.Line>();
            var digest = "";
            while (steps.hasNext()) {
                var step = steps.next();
                if (!step.getDigest().isEmpty()) {
                    digest = step.getDigest();
                } else if (!quiet) {
                    lines.put(step.getBlob(), line(step));
                    view.show(List.copyOf(lines.values()));
                }
            }
            System.out.println(quiet ? digest : name + " " + digest);
            return 0;
        }
    }

    private static TransferView.Line line(PushResponse step) {
        boolean whole = step.getStep() != PushResponse.Step.SENDING;
        return new TransferView.Line(
                step.getBlob(),
                step.getStep().name().toLowerCase(Locale.ROOT),
                whole ? step.getTotalBytes() : step.getSentBytes(),
                step.getTotalBytes());
    }
}
