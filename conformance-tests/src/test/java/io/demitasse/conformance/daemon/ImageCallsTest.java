package io.demitasse.conformance.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpServer;
import io.demitasse.cri.v1.AuthConfig;
import io.demitasse.cri.v1.Image;
import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.ListImagesRequest;
import io.demitasse.cri.v1.PullImageRequest;
import io.demitasse.cri.v1.StreamImagesRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
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
