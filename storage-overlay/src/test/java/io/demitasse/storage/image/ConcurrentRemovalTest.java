package io.demitasse.storage.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.storage.FilesystemUsage;
import io.demitasse.storage.OpenFiles;
import io.demitasse.storage.StoragePaths;
import io.demitasse.storage.layer.TarBytes;
import io.demitasse.storage.overlay.Snapshots;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.DockerRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Images with layers in common, removed by many at once, while others pull and use them. */
@Timeout(180)
class ConcurrentRemovalTest {
    private static final int IMAGES = 4;
    private static final int THREADS_PER_IMAGE = 6;

    @TempDir static Path shared;
    private static DockerRegistry registry;

    @TempDir Path path;
    private ImageStore images;
    private Snapshots snapshots;
    private FilesystemUsage empty;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root: run ./test");
        assumeTrue(DockerRegistry.isInstalled(), "needs docker-registry and skopeo: run ./test");
        registry = DockerRegistry.start(shared);
        var base = new TarBytes().directory("bin/").file("bin/sh", "shell".repeat(1000)).bytes();
        var middle = new TarBytes().file("lib/c", "library".repeat(1000)).bytes();
        for (int i = 0; i < IMAGES; i++) {
            var layout =
                    new TestLayout(Files.createDirectory(shared.resolve("layout" + i)))
                            .layer(base)
                            .layer(middle)
                            .layer(new TarBytes().file("app", "application " + i).bytes());
            registry.push(layout.finish("{}"), "app" + i, "oci");
        }
    }

    @AfterAll
    static void stop() {
        if (registry != null) {
            registry.close();
        }
    }

    @BeforeEach
    void open() throws IOException {
        images = ImageStore.open(path);
        snapshots = Snapshots.open(path, images);
        empty = images.usage();
    }

    @AfterEach
    void close() throws IOException {
        if (images != null) {
            snapshots.close();
            images.close();
            assertThat(OpenFiles.below(path)).isEmpty();
        }
    }

    private static String name(int image) {
        return registry.name("app" + image % IMAGES) + ":latest";
    }

    private Image pull(int image) throws IOException {
        return images.pull(PullRequest.of(Reference.parse(name(image))));
    }

    /** As RemoveImage does it. */
    private void remove(int image) throws IOException {
        var found = images.find(name(image));
        if (found.isPresent()) {
            images.remove(found.get());
        }
    }

    /** Runs these at once and waits for all; what one of them throws is thrown. */
    private static void together(List<Callable<Object>> tasks) throws Exception {
        var start = new CyclicBarrier(tasks.size());
        try (var threads = Executors.newFixedThreadPool(tasks.size())) {
            var running = new ArrayList<Future<Object>>();
            for (var task : tasks) {
                running.add(
                        threads.submit(() -> {
                            start.await();
                            return task.call();
                        }));
            }
            for (var each : running) {
                try {
                    each.get();
                } catch (ExecutionException failed) {
                    throw new AssertionError("one of them failed", failed.getCause());
                }
            }
        }
    }

    private void assertNothingIsLeft() throws IOException {
        assertThat(images.images()).isEmpty();
        assertThat(images.usage()).isEqualTo(empty);
        assertThat(files(new StoragePaths(path).layers())).isEmpty();
        while (!files(path.resolve("ingest")).isEmpty()) {
            LockSupport.parkNanos(
                    1_000_000); // what was renamed is being unlinked; the time limit is the test's
        }
        try (var all = Files.walk(path)) {
            assertThat(all.filter(Files::isRegularFile).map(Path::toString))
                    .allMatch(file -> file.endsWith(".lock"));
        }
        snapshots.close();
        images.close();
        open();
        assertThat(images.images()).isEmpty();
    }

    private static List<Path> files(Path directory) throws IOException {
        try (var listed = Files.list(directory)) {
            return listed.toList();
        }
    }

    @RepeatedTest(5)
    void shouldRemoveEachImageOnceHoweverManyRemoveIt() throws Exception {
        var pulled = new ArrayList<Image>();
        for (int i = 0; i < IMAGES; i++) {
            pulled.add(pull(i));
        }
        assertThat(files(new StoragePaths(path).layers())).hasSize(IMAGES + 2);

        together(
                IntStream.range(0, IMAGES * THREADS_PER_IMAGE)
                        .<Callable<Object>>mapToObj(i ->
                                () -> {
                                    // half of them found it before anybody removed it
                                    if (i < IMAGES * THREADS_PER_IMAGE / 2) {
                                        images.remove(pulled.get(i % IMAGES));
                                    } else {
                                        remove(i);
                                    }
                                    return i;
                                })
                        .toList());

        assertNothingIsLeft();
    }

    @Test
    void shouldKeepWhatContainersUseAndLoseItWithTheLast() throws Exception {
        for (int i = 0; i < IMAGES; i++) {
            snapshots.create(container(i), pull(i));
            snapshots.create(container(IMAGES + i), pull(i));
        }

        together(
                IntStream.range(0, IMAGES * THREADS_PER_IMAGE)
                        .<Callable<Object>>mapToObj(i ->
                                () -> {
                                    remove(i);
                                    return i;
                                })
                        .toList());

        assertThat(images.images()).isEmpty();
        assertThat(files(new StoragePaths(path).layers())).hasSize(IMAGES + 2);
        for (int i = 0; i < 2 * IMAGES; i++) {
            assertThat(application(i)).isEqualTo("application " + i % IMAGES);
        }

        together(
                IntStream.range(0, 2 * IMAGES)
                        .<Callable<Object>>mapToObj(i ->
                                () -> {
                                    snapshots.remove(container(i));
                                    return i;
                                })
                        .toList());
        assertNothingIsLeft();
    }

    @Test
    void shouldLoseNothingThatIsPulledOrUsedMeanwhile() throws Exception {
        var done = new AtomicBoolean();
        var used = new AtomicInteger();
        var tasks = new ArrayList<Callable<Object>>();
        for (int i = 0; i < IMAGES; i++) {
            int image = i;
            tasks.add(() -> {
                for (int round = 0; round < 60; round++) {
                    pull(image);
                    used.addAndGet(use(image, round));
                }
                done.set(true);
                return image;
            });
            tasks.add(() -> {
                while (!done.get()) {
                    remove(image);
                    LockSupport.parkNanos(1_000_000);
                }
                return image;
            });
        }

        together(tasks);

        assertThat(used).as("times that the image was still there").hasPositiveValue();
        for (int i = 0; i < IMAGES; i++) {
            remove(i);
        }
        assertNothingIsLeft();
    }

    /** {@return whether the image was there to be used; if so, it was complete until the end} */
    private int use(int image, int round) throws IOException {
        var found = images.find(name(image));
        if (found.isEmpty()) {
            return 0;
        }
        int number = IMAGES * round + image;
        try {
            snapshots.create(container(number), found.get());
        } catch (IllegalStateException removed) {
            assertThat(removed).hasMessageContaining("was removed");
            return 0;
        }
        assertThat(application(number)).isEqualTo("application " + image);
        snapshots.remove(container(number));
        return 1;
    }

    private static String container(int number) {
        return "%064x".formatted(number);
    }

    private String application(int container) throws IOException {
        try (var mount = snapshots.mount(container(container));
                var root = DirectoryFd.open(mount.fd(), ".", OpenHow.READ);
                var shell = root.openFile("bin/sh", OpenHow.READ);
                var application = root.openFile("app", OpenHow.READ)) {
            assertThat(shell.status().sizeBytes()).isEqualTo(5000);
            return new String(application.readAll(100), java.nio.charset.StandardCharsets.UTF_8);
        }
    }
}
