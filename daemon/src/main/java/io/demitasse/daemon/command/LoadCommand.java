package io.demitasse.daemon.command;

import io.demitasse.admin.v1.AdminGrpc;
import io.demitasse.admin.v1.LoadRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code demitasse load}: an image without a registry. */
@Command(
        name = "load",
        description =
                "Import images from an OCI image layout or a docker-archive, a directory or a tar"
                        + " archive.")
final class LoadCommand implements Callable<Integer> {
    @Mixin private ListenOption listen = new ListenOption();

    @Parameters(index = "0", paramLabel = "PATH", description = "The layout.")
    private Path path = Path.of("");

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "NAME",
            description = "The reference that the image gets; default: those in its annotations.")
    private @Nullable String name;

    @Override
    public Integer call() throws IOException {
        try (var connection = listen.connect()) {
            var request = LoadRequest.newBuilder().setPath(path.toAbsolutePath().toString());
            if (name != null) {
                request.setName(name);
            }
            var response = AdminGrpc.newBlockingStub(connection.channel()).load(request.build());
            response.getImageIdsList().forEach(System.out::println);
            response.getNamesList().forEach(System.out::println);
            return 0;
        }
    }
}
