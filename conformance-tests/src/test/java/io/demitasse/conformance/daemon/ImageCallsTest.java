package io.demitasse.conformance.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import io.demitasse.cri.v1.AuthConfig;
import io.demitasse.cri.v1.Image;
import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.ListImagesRequest;
import io.demitasse.cri.v1.PullImageRequest;
import io.demitasse.cri.v1.RemoveImageRequest;
import io.demitasse.cri.v1.StreamImagesRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** ImageService over its socket. */
@Timeout(120)
class ImageCallsTest {
    @TempDir static Path directory;

    private static RunningDaemon daemon;

    @BeforeAll
    static void startDaemon() throws Exception {
        daemon = RunningDaemon.start(directory);
    }

    @AfterAll
    static void stopDaemon() throws Exception {
        if (daemon != null) {
            daemon.close();
        }
    }

    @Test
    void shouldStreamWhatItLists() {
        var listed = daemon.images().listImages(ListImagesRequest.getDefaultInstance());
        var streamed = new ArrayList<Image>();
        daemon.images()
                .streamImages(StreamImagesRequest.getDefaultInstance())
                .forEachRemaining(message -> streamed.addAll(message.getImagesList()));

        assertThat(streamed).isNotEmpty().isEqualTo(listed.getImagesList());
        assertThat(streamed).extracting(Image::getPinned).containsOnly(false);
    }

    @Test
    void shouldRemoveAnImageOnceHoweverManyAskForIt() throws Exception {
        assumeTrue(LocalRegistry.isInstalled(), "needs docker-registry: run ./test");
        try (var registry =
                        LocalRegistry.plain(Files.createDirectory(directory.resolve("registry")));
                var threads = Executors.newFixedThreadPool(16)) {
            var before = layers();
            for (var name : List.of("one", "two")) {
                var files = Map.of("same", "same", name, name);
                registry.putArtifact(name, "1", files);
            }
            for (int round = 0; round < 5; round++) {
                for (var name : List.of("one", "two")) {
                    var image = registry.host() + "/" + name + ":1";
                    var auth = AuthConfig.getDefaultInstance();
                    daemon.images().pullImage(request(image, auth));
                }
                assertThat(layers()).hasSize(before.size() + 3);
                var removing = new ArrayList<Future<?>>();
                for (int i = 0; i < 32; i++) {
                    var image = registry.host() + (i % 2 == 0 ? "/one:1" : "/two:1");
                    var spec = ImageSpec.newBuilder().setImage(image);
                    var request = RemoveImageRequest.newBuilder().setImage(spec).build();
                    removing.add(threads.submit(() -> daemon.images().removeImage(request)));
                }
                for (var each : removing) {
                    each.get();
                }
                assertThat(layers()).isEqualTo(before);
            }
        }
    }

    private static Set<String> layers() throws IOException {
        try (var listed = Files.list(daemon.root().resolve("layers"))) {
            return listed.map(Path::getFileName).map(Path::toString).collect(Collectors.toSet());
        }
    }

    /** A registry that refuses, remembering who asked, or says nothing at all. */
    @Test
    void shouldPassCredentialsAndEndWhenTheCallerGivesUp() throws Exception {
        var seen = new CopyOnWriteArrayList<String>();
        var released = new CountDownLatch(1);
        var registry =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        try (var executor = Executors.newCachedThreadPool()) {
            registry.setExecutor(executor);
            registry.createContext(
                    "/",
                    exchange -> {
                        try (exchange) {
                            var header = exchange.getRequestHeaders().getFirst("Authorization");
                            seen.add(String.valueOf(header));
                            if (exchange.getRequestURI().getPath().contains("silent")) {
                                released.await();
                            }
                            exchange.getResponseHeaders()
                                    .add("WWW-Authenticate", "Basic realm=\"test\"");
                            exchange.sendResponseHeaders(401, -1);
                        } catch (InterruptedException interrupted) {
                            Thread.currentThread().interrupt();
                        }
                    });
            registry.start();
            var host = "127.0.0.1:" + registry.getAddress().getPort();
            // me:secret
            var auth = AuthConfig.newBuilder().setAuth("bWU6c2VjcmV0").build();

            assertThatExceptionOfType(StatusRuntimeException.class)
                    .isThrownBy(() -> daemon.images().pullImage(request(host + "/app", auth)))
                    .matches(failure -> code(failure) == Status.Code.UNAUTHENTICATED);
            assertThat(seen).isEqualTo(List.of("null", "Basic bWU6c2VjcmV0"));

            assertThatExceptionOfType(StatusRuntimeException.class)
                    .isThrownBy(() ->
                            daemon.images()
                                    .withDeadlineAfter(1, TimeUnit.SECONDS)
                                    .pullImage(request(host + "/silent", auth)))
                    .matches(failure -> code(failure) == Status.Code.DEADLINE_EXCEEDED);
            released.countDown();
        } finally {
            registry.stop(0);
        }
    }

    private static Status.Code code(StatusRuntimeException failure) {
        return failure.getStatus().getCode();
    }

    private static PullImageRequest request(String image, AuthConfig auth) {
        return PullImageRequest.newBuilder()
                .setImage(ImageSpec.newBuilder().setImage(image))
                .setAuth(auth)
                .build();
    }
}
