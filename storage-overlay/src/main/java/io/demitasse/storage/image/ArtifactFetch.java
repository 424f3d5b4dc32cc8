package io.demitasse.storage.image;

import io.demitasse.linux.SyscallException;
import io.demitasse.storage.image.Artifact.File;
import io.demitasse.storage.layer.ChainId;
import io.demitasse.storage.layer.LayerStore;
import io.demitasse.storage.progress.LayerMeter;
import io.demitasse.storage.progress.PullMeter;
import io.demitasse.storage.registry.ImageSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Gets the files of one artifact into the store, some at a time, each counted as used once. */
final class ArtifactFetch {
    private static final int PARALLEL = 3;

    private final LayerStore store;
    private final Flights<ChainId, ChainId> flights;
    private final ImageSource source;
    private final PullMeter meter;
    private final List<ChainId> acquired = new ArrayList<>();

    ArtifactFetch(
            LayerStore store,
            Flights<ChainId, ChainId> flights,
            ImageSource source,
            PullMeter meter) {
        this.store = store;
        this.flights = flights;
        this.source = source;
        this.meter = meter;
    }

    /** {@return a layer for each file}; on failure none of them stays used */
    List<LayerRecord> fetch(Artifact artifact) throws IOException {
        var executor =
                Executors.newFixedThreadPool(
                        PARALLEL,
                        Thread.ofPlatform().daemon().name("storage-artifact-", 0).factory());
        try (executor) {
            fetchAll(artifact.files(), executor);
        } catch (IOException | RuntimeException failure) {
            releaseAll(failure);
            throw failure;
        }
        return artifact.files().stream().map(this::record).toList();
    }

    private void fetchAll(List<File> files, ExecutorService executor) throws IOException {
        var arrivals = new ArrayList<CompletableFuture<ChainId>>();
        for (var file : files) {
            var arrival = new CompletableFuture<ChainId>();
            arrivals.add(arrival);
            var progress = meter.layer(file.blob().digest(), file.blob().sizeBytes());
            executor.execute(() -> fetch(file, progress, arrival));
        }
        try {
            for (var each : arrivals) {
                Flights.await(each);
            }
        } catch (IOException failure) {
            executor.shutdownNow();
            throw failure;
        }
    }

    private void fetch(File file, LayerMeter progress, CompletableFuture<ChainId> arrival) {
        try {
            if (store.acquire(file.chain())) {
                progress.alreadyThere();
            } else {
                do {
                    // another flight may have landed between our look and our take-off
                    flights.join(
                            file.chain(),
                            () -> store.has(file.chain()) ? file.chain() : write(file, progress));
                } while (!store.acquire(file.chain()));
                progress.done();
            }
            synchronized (acquired) {
                acquired.add(file.chain());
            }
            arrival.complete(file.chain());
        } catch (IOException | RuntimeException | Error failure) {
            arrival.completeExceptionally(failure);
        }
    }

    private ChainId write(File file, LayerMeter progress) throws IOException {
        return source.persistently(file.blob(), () -> writeOnce(file, progress));
    }

    private ChainId writeOnce(File file, LayerMeter progress) throws IOException {
        try (var contents = source.open(file.blob(), progress);
                var layer = store.unpackFile(contents, file.path())) {
            store.commit(layer, file.chain(), List.of());
        }
        source.used(file.blob());
        return file.chain();
    }

    private void releaseAll(Exception failure) {
        for (var chain : acquired) {
            try {
                store.release(chain);
            } catch (SyscallException also) {
                failure.addSuppressed(also);
            }
        }
    }

    private LayerRecord record(File file) {
        return new LayerRecord(
                file.chain(),
                file.blob().digest(),
                file.blob().digest(),
                store.usage(file.chain()));
    }
}
