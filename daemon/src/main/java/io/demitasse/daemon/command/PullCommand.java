package io.demitasse.daemon.command;

import io.demitasse.admin.v1.AdminGrpc;
import io.demitasse.admin.v1.ListPullsRequest;
import io.demitasse.admin.v1.PullLayer;
import io.demitasse.cri.v1.AuthConfig;
import io.demitasse.cri.v1.ImageServiceGrpc;
import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.PullImageRequest;
import io.demitasse.storage.reference.Reference;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code demitasse pull}: an image from its registry, with its progress. */
@Command(
        name = "pull",
        description = {
            "Get an image from its registry, or what is new about it.",
            "",
            "Shows how far each layer is. Ctrl-C ends the pull, and the next one goes on from there.",
            ""
        })
final class PullCommand implements Callable<Integer> {
    private static final int LOOK_MILLIS = 200;

    @Mixin private ListenOption listen = new ListenOption();
    @Mixin private LoginOptions login = new LoginOptions();

    @Option(
            names = {"-q", "--quiet"},
            description = "Only print the image's id.")
    private boolean quiet;

    @Parameters(index = "0", paramLabel = "NAME", description = "What to pull.")
    private String name = "";

    @Override
    public Integer call() throws IOException, InterruptedException {
        var reference = Reference.parse(name).toString();
        var request =
                PullImageRequest.newBuilder()
                        .setImage(ImageSpec.newBuilder().setImage(name))
                        .setAuth(auth())
                        .build();
        try (var connection = listen.connect()) {
            var pulling = ImageServiceGrpc.newFutureStub(connection.channel()).pullImage(request);
            var admin = AdminGrpc.newBlockingStub(connection.channel());
            var view = TransferView.standard();
            while (!isDone(pulling)) {
                if (!quiet) {
                    show(admin, reference, view);
                }
            }
            var id = pulling.resultNow().getImageRef();
            System.out.println(quiet ? id : reference + " " + id);
            return 0;
        }
    }

    private AuthConfig auth() throws IOException {
        var auth = AuthConfig.newBuilder();
        if (!login.username().isEmpty()) {
            auth.setUsername(login.username()).setPassword(login.password());
        }
        return auth.build();
    }

    private static boolean isDone(Future<?> pulling) throws InterruptedException {
        try {
            pulling.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException notYet) {
            return false;
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof StatusRuntimeException answer) {
                throw answer;
            }
            throw new IllegalStateException(failure);
        }
    }

    private static void show(
            AdminGrpc.AdminBlockingStub admin, String reference, TransferView view) {
        for (var pull : admin.listPulls(ListPullsRequest.getDefaultInstance()).getPullsList()) {
            if (pull.getReference().equals(reference)) {
                view.show(pull.getLayersList().stream().map(PullCommand::line).toList());
            }
        }
    }

    static TransferView.Line line(PullLayer layer) {
        boolean here =
                layer.getState() == PullLayer.State.DONE
                        || layer.getState() == PullLayer.State.ALREADY_THERE;
        return new TransferView.Line(
                layer.getBlob(),
                layer.getState().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                here ? layer.getTotalBytes() : layer.getDownloadedBytes(),
                layer.getTotalBytes());
    }
}
