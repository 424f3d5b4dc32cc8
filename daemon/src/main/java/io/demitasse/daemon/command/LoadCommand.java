package io.demitasse.daemon.command;

import com.google.protobuf.ByteString;
import io.demitasse.admin.v1.AdminGrpc;
import io.demitasse.admin.v1.LoadPiece;
import io.demitasse.admin.v1.LoadRequest;
import io.demitasse.admin.v1.LoadResponse;
import io.grpc.ManagedChannel;
import io.grpc.StatusException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/**
 * {@code demitasse load}: an image without a registry.
 *
 * <p>The daemon reads files by itself. Standard input is sent to it: it may be a pipe that ends
 * here, and a file that it were first written to may be where the daemon does not see it.
 */
@Command(
        name = "load",
        description =
                "Import images from an OCI image layout or a docker-archive, a directory or a tar"
                        + " archive.")
final class LoadCommand implements Callable<Integer> {
    private static final String STANDARD_INPUT = "-";
    private static final int PIECE_BYTES = 1 << 18;

    @Mixin private ListenOption listen = new ListenOption();

    @Parameters(
            index = "0",
            paramLabel = "PATH",
            description = "The layout; - is standard input, a tar archive.")
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
            var response =
                    path.toString().equals(STANDARD_INPUT)
                            ? send(connection.channel(), System.in)
                            : load(connection.channel());
            response.getImageIdsList().forEach(System.out::println);
            response.getNamesList().forEach(System.out::println);
            return 0;
        }
    }

    private LoadResponse load(ManagedChannel channel) {
        var request = LoadRequest.newBuilder().setPath(path.toAbsolutePath().toString());
        if (name != null) {
            request.setName(name);
        }
        return AdminGrpc.newBlockingStub(channel).load(request.build());
    }

    private LoadResponse send(ManagedChannel channel, InputStream archive) throws IOException {
        var call = AdminGrpc.newBlockingV2Stub(channel).loadStream();
        try {
            var piece = LoadPiece.newBuilder();
            if (name != null) {
                piece.setName(name);
            }
            var bytes = archive.readNBytes(PIECE_BYTES);
            // it ends early where the daemon has its answer, which tells why
            while (bytes.length > 0
                    && call.write(piece.setData(ByteString.copyFrom(bytes)).build())) {
                piece.clear();
                bytes = archive.readNBytes(PIECE_BYTES);
            }
            call.halfClose();
            var response = call.read();
            if (response == null) {
                throw new IOException("the daemon gave no answer");
            }
            return response;
        } catch (StatusException refused) {
            throw refused.getStatus().asRuntimeException();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while sending an archive");
        }
    }
}
