package io.demitasse.storage.image;

import io.demitasse.linux.SyscallException;
import io.demitasse.storage.layer.ChainId;
import io.demitasse.storage.layer.LayerStore;
import io.demitasse.storage.progress.LayerMeter;
import io.demitasse.storage.progress.PullMeter;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.Descriptor;
import io.demitasse.storage.registry.ImageSource;
import io.demitasse.storage.registry.Manifest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Gets the layers of one image into the store, some at a time, each counted as used once.
 *
 * <p>Layers are unpacked in any order and committed bottom first, because a layer takes over what
 * those below say of directories that it does not describe itself.
 */
final class LayerFetch {
    private static final int PARALLEL =
            Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 4);

    private final LayerStore store;
    private final Flights<ChainId, ChainId> flights;
    private final ImageSource source;
    private final Manifest manifest;
    private final List<Digest> diffIds;
    private final List<ChainId> chains;
    private final List<LayerMeter> meters;
    private final List<ChainId> acquired = new ArrayList<>();

    LayerFetch(
            LayerStore store,
            Flights<ChainId, ChainId> flights,
            ImageSource source,
            Manifest manifest,
            List<Digest> diffIds,
            PullMeter meter) {
        this.store = store;
        this.flights = flights;
        this.source = source;
        this.manifest = manifest;
        this.diffIds = diffIds;
        this.chains = ChainId.of(diffIds);
        this.meters =
                manifest.layers().stream()
                        .map(layer -> meter.layer(layer.digest(), layer.sizeBytes()))
                        .toList();
    }

    /** {@return the layers, bottom first}; on failure none of them stays used */
    List<LayerRecord> fetch() throws IOException {
        var executor =
                Executors.newFixedThreadPool(
                        PARALLEL,
                        Thread.ofPlatform().daemon().name("storage-unpack-", 0).factory());
        try (executor) {
            fetchAll(executor);
        } catch (IOException | RuntimeException failure) {
            releaseAll(failure);
            throw failure;
        }
        return records();
    }

    private void fetchAll(ExecutorService executor) throws IOException {
        var committed = new ArrayList<CompletableFuture<ChainId>>();
        for (int i = 0; i < chains.size(); i++) {
            int index = i;
            var below =
                    i == 0
                            ? CompletableFuture.completedFuture(chains.getFirst())
                            : committed.get(i - 1);
            var own = new CompletableFuture<ChainId>();
            committed.add(own);
            executor.execute(() -> fetch(index, below, own));
        }
        try {
            for (var each : committed) {
                Flights.await(each);
            }
        } catch (IOException failure) {
            executor.shutdownNow();
            throw failure;
        }
    }

    /**
     * Completes when this layer is acquired, and all below it are.
     *
     * <p>A thread waits for the layer below only after that one's task was begun: first in, first.
     */
    private void fetch(
            int index, CompletableFuture<ChainId> below, CompletableFuture<ChainId> own) {
        try {
            var chain = chains.get(index);
            var meter = meters.get(index);
            if (store.acquire(chain)) {
                meter.alreadyThere();
            } else {
                do {
                    // another flight may have landed between our look and our take-off
                    flights.join(chain, () -> store.has(chain) ? chain : unpack(index, below));
                } while (!store.acquire(chain));
                meter.done();
            }
            synchronized (acquired) {
                acquired.add(chain);
            }
            // It may have been here and one below it not: an image is removed layer by layer.
            Flights.await(below);
            own.complete(chain);
        } catch (IOException | RuntimeException | Error failure) {
            own.completeExceptionally(failure);
        }
    }

    private ChainId unpack(int index, CompletableFuture<ChainId> below) throws IOException {
        var descriptor = manifest.layers().get(index);
        return source.persistently(descriptor, () -> unpack(descriptor, index, below));
    }

    private ChainId unpack(Descriptor descriptor, int index, CompletableFuture<ChainId> below)
            throws IOException {
        try (var archive = source.open(descriptor, meters.get(index));
                var layer = store.unpack(archive, diffIds.get(index))) {
            Flights.await(below);
            store.commit(layer, chains.get(index), chains.subList(0, index));
        }
        source.used(descriptor);
        return chains.get(index);
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

    private List<LayerRecord> records() {
        var records = new ArrayList<LayerRecord>();
        for (int i = 0; i < chains.size(); i++) {
            var chain = chains.get(i);
            records.add(
                    new LayerRecord(
                            chain,
                            diffIds.get(i),
                            manifest.layers().get(i).digest(),
                            store.usage(chain)));
        }
        return records;
    }
}
