package io.demitasse.daemon.image;

import io.demitasse.daemon.call.RequestException;
import io.demitasse.storage.image.Image;
import io.demitasse.storage.image.ImageStore;

/** Images that a request names and that have to be here. */
record KnownImages(ImageStore images) {
    Image named(String name) throws RequestException {
        if (name.isEmpty()) {
            throw RequestException.invalid("image is empty");
        }
        return images.find(name)
                .orElseThrow(() -> RequestException.notFound("no image \"%s\" here", name));
    }
}
