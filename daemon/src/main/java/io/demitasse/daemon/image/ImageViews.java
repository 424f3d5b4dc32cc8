package io.demitasse.daemon.image;

import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.Int64Value;
import io.demitasse.storage.image.Image;

/** An image as CRI shows it. */
final class ImageViews {
    private final PinnedImages pinned;

    ImageViews(PinnedImages pinned) {
        this.pinned = pinned;
    }

    io.demitasse.cri.v1.Image item(Image image) {
        var item =
                io.demitasse.cri.v1.Image.newBuilder()
                        .setId(image.id())
                        .addAllRepoTags(image.repositoryTags())
                        .addAllRepoDigests(image.repositoryDigests())
                        .setSize(image.sizeBytes())
                        .setPinned(pinned.contains(image))
                        .setSpec(ImageSpec.newBuilder().setImage(image.id()));
        var user = image.config().user();
        var name = user.contains(":") ? user.substring(0, user.indexOf(':')) : user;
        if (name.matches("[0-9]{1,10}")) {
            item.setUid(Int64Value.newBuilder().setValue(Long.parseLong(name)));
        } else if (name.isEmpty()) {
            item.setUid(Int64Value.newBuilder().setValue(0));
        } else {
            item.setUsername(name);
        }
        return item.build();
    }
}
