package io.demitasse.daemon.command;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waits for a line in a file that somebody else writes. */
final class FileGrowth implements AutoCloseable {
    private final Path file;
    private final WatchService watch;

    /** Watches from now on; the file's directory must exist, the file need not. */
    FileGrowth(Path file) throws IOException {
        this.file = file;
        var directory = file.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IOException("no directory to watch above " + file);
        }
        watch = file.getFileSystem().newWatchService();
        directory.register(watch, ENTRY_CREATE, ENTRY_MODIFY);
    }

    /**
     * {@return the file's text once a line of it ends in {@code word}}
     *
     * @throws IOException if that takes longer than {@code patience}; the message has what there is
     */
    String awaitLine(String word, Duration patience) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            var text = Files.exists(file) ? Files.readString(file) : "";
            if (text.lines().anyMatch(line -> line.endsWith(" " + word))) {
                return text;
            }
            var key = watch.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (key == null) {
                throw new IOException(
                        "no line \"" + word + "\" in " + file + " after " + patience + ": " + text);
            }
            key.pollEvents();
            key.reset();
        }
    }

    @Override
    public void close() throws IOException {
        watch.close();
    }
}
