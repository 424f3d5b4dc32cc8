package io.demitasse.daemon.image;

import com.google.protobuf.ByteString;
import io.demitasse.admin.v1.SaveRequest;
import io.demitasse.admin.v1.SaveResponse;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.call.StreamedCalls;
import io.demitasse.daemon.call.StreamedCalls.Sink;
import io.demitasse.storage.image.Image;
import io.demitasse.storage.image.ImageSaves;
import io.demitasse.storage.image.ImageSaves.Saved;
import io.demitasse.storage.image.ImageStore;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.PullException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayList;

/** Sends images as a tar. */
public final class Save implements StreamedCalls.Work<SaveRequest, SaveResponse> {
    private static final int PIECE_BYTES = 1 << 18;

    private final ImageStore images;
    private final ImageSaves saves;

    /** Sends images of this store. */
    public Save(ImageStore images) {
        this.images = images;
        this.saves = new ImageSaves(images);
    }

    @Override
    public void run(SaveRequest request, Sink<SaveResponse> sink)
            throws RequestException, PullException, IOException {
        if (request.getImagesCount() == 0) {
            throw RequestException.invalid("no image is named");
        }
        var wanted = new ArrayList<Saved>();
        for (var name : request.getImagesList()) {
            var image = new KnownImages(images).named(name);
            wanted.add(new Saved(image, nameOf(image, name)));
        }
        try (var out = new BufferedOutputStream(new Pieces(sink), PIECE_BYTES)) {
            saves.save(wanted, out);
        }
    }

    /** The name that was asked for, if it is one of its tags; else its first. */
    private static String nameOf(Image image, String asked) {
        try {
            var tagged = Reference.parse(asked).tagged().orElse("");
            if (image.repositoryTags().contains(tagged)) {
                return tagged;
            }
        } catch (IllegalArgumentException anId) {
            // then it has no say in what it is called
        }
        return image.repositoryTags().stream().findFirst().orElse("");
    }

    private static final class Pieces extends OutputStream {
        private final Sink<SaveResponse> sink;

        Pieces(Sink<SaveResponse> sink) {
            this.sink = sink;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                var data = ByteString.copyFrom(bytes, offset, length);
                sink.send(SaveResponse.newBuilder().setData(data).build());
            } catch (InterruptedException gone) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("nobody takes the archive any more");
            }
        }
    }
}
