package io.demitasse.daemon.image;

import com.google.protobuf.ByteString;
import io.demitasse.admin.v1.LoadPiece;
import io.demitasse.daemon.call.ReceivedCalls.Source;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** An archive that a client sends in pieces. Read by one thread at a time. */
final class ReceivedArchive implements ReadableByteChannel {
    private final Source<LoadPiece> source;
    private ByteBuffer piece;
    private boolean open = true;

    /** Begins with the piece that has come already. */
    ReceivedArchive(ByteString first, Source<LoadPiece> source) {
        this.piece = first.asReadOnlyByteBuffer();
        this.source = source;
    }

    @Override
    public int read(ByteBuffer buffer) throws InterruptedIOException {
        if (!buffer.hasRemaining()) {
            return 0;
        }
        while (!piece.hasRemaining()) {
            var next = next();
            if (next == null) {
                return -1;
            }
            piece = next;
        }
        int count = Math.min(piece.remaining(), buffer.remaining());
        buffer.put(piece.slice(piece.position(), count));
        piece.position(piece.position() + count);
        return count;
    }

    private @org.jspecify.annotations.Nullable ByteBuffer next() throws InterruptedIOException {
        try {
            return source.next().map(each -> each.getData().asReadOnlyByteBuffer()).orElse(null);
        } catch (InterruptedException gone) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("nobody sends the archive any more");
        }
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        open = false;
    }
}
