package io.demitasse.daemon.command;

import io.demitasse.cri.v1.ImageServiceGrpc;
import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.ImageStatusRequest;
import io.demitasse.cri.v1.RemoveImageRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code demitasse rmi}: images with all their names. */
@Command(
        name = "rmi",
        description = {
            "Remove images with all their names.",
            "",
            "Layers that containers use stay until the last of them is removed.",
            ""
        })
final class RmiCommand implements Callable<Integer> {
    @Mixin private ListenOption listen = new ListenOption();

    @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "Name, id or start of an id.")
    private List<String> names = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        int missing = 0;
        try (var connection = listen.connect()) {
            var images = ImageServiceGrpc.newBlockingStub(connection.channel());
            for (var name : names) {
                var image = ImageSpec.newBuilder().setImage(name).build();
                var found =
                        images.imageStatus(ImageStatusRequest.newBuilder().setImage(image).build());
                if (!found.hasImage()) {
                    System.err.println("demitasse: no image \"" + name + "\" here");
                    missing++;
                    continue;
                }
                images.removeImage(RemoveImageRequest.newBuilder().setImage(image).build());
                found.getImage()
                        .getRepoTagsList()
                        .forEach(tag -> System.out.println("untagged " + tag));
                System.out.println("removed " + found.getImage().getId());
            }
        }
        return missing == 0 ? 0 : 1;
    }
}
