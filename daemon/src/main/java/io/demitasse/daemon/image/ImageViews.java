package io.demitasse.daemon.image;

import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.Int64Value;
import io.demitasse.storage.image.Image;
import io.demitasse.storage.image.NumberOrName;
import io.demitasse.storage.image.UserSpecification;

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
        // A name is told as a name also where it looks much like a number: the kubelet then says
        // that it cannot verify runAsNonRoot, instead of trusting a uid that nothing runs as.
        switch (UserSpecification.parse(image.user()).user()) {
            case NumberOrName.Id(int uid) -> item.setUid(Int64Value.newBuilder().setValue(uid));
            case NumberOrName.Name(var name) -> item.setUsername(name);
            case NumberOrName.OutOfRange(var text) -> item.setUsername(text);
        }
        return item.build();
    }
}
