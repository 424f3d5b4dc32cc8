package io.demitasse.daemon.command;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.demitasse.admin.v1.AdminGrpc;
import io.demitasse.admin.v1.ListPullsRequest;
import io.demitasse.cri.v1.Image;
import io.demitasse.cri.v1.ImageServiceGrpc;
import io.demitasse.cri.v1.ListImagesRequest;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code demitasse images}: what is here, and what is on its way. */
@Command(name = "images", description = "List the images, or the pulls that are under way.")
final class ImagesCommand implements Callable<Integer> {
    private static final int SHORT_ID = "sha256:".length() + 12;
    private static final String NONE = "<none>";

    @Mixin private ListenOption listen = new ListenOption();

    @Option(names = "--pulling", description = "List pulls that are under way, layer by layer.")
    private boolean pulling;

    @Option(
            names = {"-q", "--quiet"},
            description = "Only print ids; with --pulling only names.")
    private boolean quiet;

    @Option(names = "--digests", description = "Also print names with digest.")
    private boolean digests;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        try (var connection = listen.connect()) {
            if (pulling) {
                pulls(AdminGrpc.newBlockingStub(connection.channel()));
                return 0;
            }
            var images =
                    ImageServiceGrpc.newBlockingStub(connection.channel())
                            .listImages(ListImagesRequest.getDefaultInstance())
                            .getImagesList()
                            .stream()
                            .sorted(Comparator.comparing(ImagesCommand::firstName))
                            .toList();
            if (json) {
                print(json(images));
            } else if (quiet) {
                images.forEach(image -> System.out.println(image.getId()));
            } else {
                System.out.print(table(images));
            }
            return 0;
        }
    }

    private static String firstName(Image image) {
        return image.getRepoTagsCount() > 0
                ? image.getRepoTags(0)
                : image.getRepoDigestsCount() > 0 ? image.getRepoDigests(0) : image.getId();
    }

    private Table table(List<Image> images) {
        var table = new Table();
        table.row("NAME", "ID", "SIZE");
        for (var image : images) {
            var id = image.getId().substring(0, Math.min(SHORT_ID, image.getId().length()));
            var size = Quantity.bytes(image.getSize());
            if (image.getRepoTagsCount() == 0 && (!digests || image.getRepoDigestsCount() == 0)) {
                table.row(NONE, id, size);
            }
            image.getRepoTagsList().forEach(tag -> table.row(tag, id, size));
            if (digests) {
                image.getRepoDigestsList().forEach(name -> table.row(name, id, size));
            }
        }
        return table;
    }

    private static JsonArray json(List<Image> images) {
        var all = new JsonArray();
        for (var image : images) {
            var each = new JsonObject();
            each.addProperty("id", image.getId());
            each.add("tags", array(image.getRepoTagsList()));
            each.add("digests", array(image.getRepoDigestsList()));
            each.addProperty("size", image.getSize());
            each.addProperty("pinned", image.getPinned());
            all.add(each);
        }
        return all;
    }

    private static JsonArray array(List<String> texts) {
        var array = new JsonArray();
        texts.forEach(array::add);
        return array;
    }

    private void pulls(AdminGrpc.AdminBlockingStub admin) {
        var pulls = admin.listPulls(ListPullsRequest.getDefaultInstance()).getPullsList();
        var all = new JsonArray();
        var table = new Table();
        table.row("NAME", "LAYER", "STATE", "HERE");
        for (var pull : pulls) {
            var layers = new JsonArray();
            for (var layer : pull.getLayersList()) {
                var line = PullCommand.line(layer);
                table.row(pull.getReference(), line.label(), line.state(), line.amount());
                var each = new JsonObject();
                each.addProperty("blob", layer.getBlob());
                each.addProperty("state", line.state());
                each.addProperty("total", layer.getTotalBytes());
                each.addProperty("downloaded", layer.getDownloadedBytes());
                each.addProperty("unpacked", layer.getUnpackedBytes());
                layers.add(each);
            }
            if (pull.getLayersCount() == 0) {
                table.row(pull.getReference(), "", "asking for its manifest", "");
            }
            var each = new JsonObject();
            each.addProperty("name", pull.getReference());
            each.add("layers", layers);
            all.add(each);
        }
        if (json) {
            print(all);
        } else if (quiet) {
            pulls.forEach(pull -> System.out.println(pull.getReference()));
        } else {
            System.out.print(table);
        }
    }

    private static void print(JsonArray array) {
        System.out.println(new GsonBuilder().setPrettyPrinting().create().toJson(array));
    }
}
