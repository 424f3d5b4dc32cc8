package io.demitasse.daemon.command;

import io.demitasse.admin.v1.AdminGrpc;
import io.demitasse.admin.v1.SaveRequest;
import io.demitasse.admin.v1.SaveResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code demitasse save}: images as a tar. */
@Command(
        name = "save",
        description = {
            "Write images as the tar of an OCI image layout, which `demitasse load`, skopeo, umoci and"
                    + " containerd read.",
            "",
            "Layers are fetched again from the registry that they came from; where it does not have"
                    + " them any more they are compressed anew.",
            ""
        })
final class SaveCommand implements Callable<Integer> {
    @Mixin private ListenOption listen = new ListenOption();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Where to; default standard output.")
    private @Nullable Path output;

    @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "Name, id or start of an id.")
    private List<String> names = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        if (output == null && Terminal.isOutput()) {
            throw new IOException("a tar is nothing for a terminal: say where to with --output");
        }
        try (var connection = listen.connect()) {
            var request = SaveRequest.newBuilder().addAllImages(names).build();
            var pieces = AdminGrpc.newBlockingStub(connection.channel()).save(request);
            if (output == null) {
                write(pieces, System.out);
                System.out.flush();
            } else {
                write(pieces, output);
            }
            return 0;
        }
    }

    private static void write(Iterator<SaveResponse> pieces, Path file) throws IOException {
        var unfinished = Path.of(file + ".part");
        try {
            try (var out = Files.newOutputStream(unfinished)) {
                write(pieces, out);
            }
            Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    private static void write(Iterator<SaveResponse> pieces, OutputStream out) throws IOException {
        while (pieces.hasNext()) {
            pieces.next().getData().writeTo(out);
        }
    }
}
