package io.demitasse.daemon.image;

import io.demitasse.cri.v1.ListImagesRequest;
import io.demitasse.cri.v1.StreamImagesRequest;
import io.demitasse.cri.v1.StreamImagesResponse;
import io.demitasse.daemon.call.Handler;
import java.util.ArrayList;
import java.util.List;

/** Lists images in messages of a limited size, where {@link ListImages} has one for all. */
public final class StreamImages
        implements Handler<StreamImagesRequest, List<StreamImagesResponse>> {
    /** What a message takes at most, unless a single image takes more. */
    static final int MAX_BYTES = 1 << 20;

    private final ListImages list;

    /** Sends what this lists. */
    public StreamImages(ListImages list) {
        this.list = list;
    }

    @Override
    public List<StreamImagesResponse> handle(StreamImagesRequest request) {
        var listed = ListImagesRequest.newBuilder().setFilter(request.getFilter()).build();
        var messages = new ArrayList<StreamImagesResponse>();
        var message = StreamImagesResponse.newBuilder();
        int bytes = 0;
        for (var image : list.handle(listed).getImagesList()) {
            int more = image.getSerializedSize();
            if (bytes > 0 && bytes + more > MAX_BYTES) {
                messages.add(message.build());
                message.clear();
                bytes = 0;
            }
            message.addImages(image);
            bytes += more;
        }
        if (bytes > 0) {
            messages.add(message.build());
        }
        return messages;
    }
}
