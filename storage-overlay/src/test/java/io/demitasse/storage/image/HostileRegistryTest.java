package io.demitasse.storage.image;

import static io.demitasse.storage.registry.LyingRegistry.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.storage.OpenFiles;
import io.demitasse.storage.layer.TarBytes;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.LyingRegistry;
import io.demitasse.storage.registry.Platform;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A registry that lies: nothing wrong is ever stored, and the message says what was wrong. */
@Timeout(120)
class HostileRegistryTest {
    private static final String MANIFESTS = "/v2/app/manifests/";
    private static final String BLOBS = "/v2/app/blobs/";

    @TempDir Path path;
    private LyingRegistry registry;
    private ImageStore images;
    private byte[] layer;
    private byte[] config;
    private byte[] manifest;

    @BeforeEach
    void open() throws IOException {
        images = ImageStore.open(path);
        registry = new LyingRegistry();
        var tar = new TarBytes().file("f", "contents".repeat(1000)).bytes();
        layer = TestLayout.gzip(tar);
        config =
                "{\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[\"%s\"]}}"
                        .formatted(Digest.of(tar))
                        .getBytes(UTF_8);
        manifest =
                "{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}"
                        .formatted(descriptor(config), descriptor(layer))
                        .getBytes(UTF_8);
        registry.on(MANIFESTS + "latest", manifest)
                .on(BLOBS + Digest.of(config), config)
                .on(BLOBS + Digest.of(layer), layer);
    }

    private static String descriptor(byte[] content) {
        return "{\"digest\":\"%s\",\"size\":%d}".formatted(Digest.of(content), content.length);
    }

    @AfterEach
    void close() throws IOException {
        registry.close();
        images.close();
        assertThat(OpenFiles.below(path)).isEmpty();
    }

    private Image pull() throws PullException {
        return images.pull(PullRequest.of(Reference.parse(registry.host() + "/app")));
    }

    private void assertRefused(Reason reason, String why) throws IOException {
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(this::pull)
                .withMessageContaining(why)
                .matches(failure -> failure.reason() == reason, "is " + reason);
        assertThat(images.images()).isEmpty();
        try (var layers = Files.list(path.resolve("layers"))) {
            assertThat(layers).isEmpty();
        }
        try (var ingest = Files.list(path.resolve("ingest"))) {
            assertThat(ingest.map(Path::getFileName).map(Path::toString))
                    .allMatch(name -> name.startsWith("removed-"));
        }
    }

    @Test
    void shouldPullWhenItTellsTheTruth() throws IOException {
        assertThat(pull().layers()).hasSize(1);
    }

    @Test
    void shouldRefuseLayerWithOtherContents() throws IOException {
        var lie = layer.clone();
        lie[lie.length / 2] ^= 1;
        registry.on(BLOBS + Digest.of(layer), lie);

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(this::pull)
                .matches(failure -> failure.reason() == Reason.CORRUPT);
    }

    @Test
    void shouldRefuseLayerThatIsAnotherValidOne() throws IOException {
        var other = TestLayout.gzip(new TarBytes().file("g", "contents".repeat(1000)).bytes());
        registry.on(BLOBS + Digest.of(layer), Arrays.copyOf(other, layer.length));

        assertRefused(Reason.CORRUPT, "");
    }

    @Test
    void shouldRefuseTruncatedAndOverlongLayer() throws IOException {
        registry.on(BLOBS + Digest.of(layer), Arrays.copyOf(layer, layer.length - 10));
        assertRefused(Reason.CORRUPT, "bytes before its end");

        registry.on(BLOBS + Digest.of(layer), Arrays.copyOf(layer, layer.length + 10));
        assertRefused(Reason.CORRUPT, "is longer than");
    }

    @Test
    void shouldRefuseConnectionThatBreaks() throws IOException {
        registry.on(
                BLOBS + Digest.of(layer),
                exchange -> {
                    exchange.sendResponseHeaders(200, layer.length);
                    exchange.getResponseBody().write(layer, 0, layer.length / 2);
                    exchange.getResponseBody().flush();
                });

        assertRefused(Reason.UNAVAILABLE, "connection lost");
    }

    @Test
    void shouldRefuseConfigWithOtherDigestAndOtherLayers() throws IOException {
        registry.on(
                BLOBS + Digest.of(config),
                new String(config, UTF_8).replace("linux", "lunix").getBytes(UTF_8));
        assertRefused(Reason.CORRUPT, "has the digest");

        var twoLayers =
                "{\"config\":%s,\"layers\":[%s,%s]}"
                        .formatted(descriptor(config), descriptor(layer), descriptor(layer));
        registry.on(BLOBS + Digest.of(config), config)
                .on(MANIFESTS + "latest", twoLayers.getBytes(UTF_8));
        assertRefused(Reason.CORRUPT, "has 1 diff_ids, its manifest 2 layers");
    }

    @Test
    void shouldRefuseManifestsThatAreNone() throws IOException {
        registry.on(MANIFESTS + "latest", "<html>".getBytes(UTF_8));
        assertRefused(Reason.CORRUPT, "is not");
        registry.on(MANIFESTS + "latest", "{\"schemaVersion\":1}".getBytes(UTF_8));
        assertRefused(Reason.UNSUPPORTED, "is neither an OCI nor a Docker schema 2 manifest");
        registry.on(
                MANIFESTS + "latest",
                "{\"config\":{\"digest\":\"md5:1\",\"size\":1},\"layers\":[]}".getBytes(UTF_8));
        assertRefused(Reason.CORRUPT, "\"md5:1\"");
        registry.on(MANIFESTS + "latest", new byte[5 << 20]);
        assertRefused(Reason.CORRUPT, "is longer than 4194304 bytes");
    }

    @Test
    void shouldRefuseManifestThatHasAnotherDigestThanAskedFor() {
        var digest = Digest.of("other");
        registry.on(MANIFESTS + digest, manifest);

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() ->
                        images.pull(
                                PullRequest.of(
                                        Reference.parse(registry.host() + "/app@" + digest))))
                .withMessageContaining("has the digest " + Digest.of(manifest));
    }

    @Test
    void shouldChooseThePlatformAndNameThoseThatAreOffered() throws IOException {
        var platform = Platform.current();
        var index =
                "{\"manifests\":[{\"digest\":\"%s\",\"size\":1,\"platform\":{\"os\":\"plan9\",\"architecture\":\"mips\"}},{\"digest\":\"%s\",\"size\":%d,\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"}}]}"
                        .formatted(
                                Digest.of("x"),
                                Digest.of(manifest),
                                manifest.length,
                                platform.architecture());
        registry.on(MANIFESTS + "latest", index.getBytes(UTF_8))
                .on(MANIFESTS + Digest.of(manifest), manifest);
        var image = pull();
        assertThat(image.repositoryDigests())
                .containsExactly(registry.host() + "/app@" + Digest.of(index));
        images.remove(image);

        registry.on(MANIFESTS + "latest", index.replace("\"linux\"", "\"hurd\"").getBytes(UTF_8));
        assertRefused(Reason.NOT_FOUND, "only for: plan9/mips, hurd/" + platform.architecture());
    }

    @Test
    void shouldFetchAnonymousTokenAndNotGiveItToOthers() throws Exception {
        try (var storage = new LyingRegistry()) {
            var seen = new java.util.concurrent.CopyOnWriteArrayList<String>();
            storage.on(
                    "/blob",
                    exchange -> {
                        seen.add(exchange.getRequestHeaders().containsKey("Authorization") + "");
                        LyingRegistry.content(layer).give(exchange);
                    });
            registry.on("/token", "{\"access_token\":\"secret\"}".getBytes(UTF_8));
            registry.on(
                    MANIFESTS + "latest",
                    exchange -> {
                        var header = exchange.getRequestHeaders().getFirst("Authorization");
                        if ("Bearer secret".equals(header)) {
                            LyingRegistry.content(manifest).give(exchange);
                            return;
                        }
                        exchange.getResponseHeaders()
                                .add(
                                        "WWW-Authenticate",
                                        "Bearer scope=\"repository:app:pull\",realm=\"http://"
                                                + registry.host()
                                                + "/token\",service=\"s\"");
                        status(401).give(exchange);
                    });
            registry.on(
                    BLOBS + Digest.of(layer),
                    exchange -> {
                        exchange.getResponseHeaders()
                                .add("Location", "http://" + storage.host() + "/blob");
                        status(307).give(exchange);
                    });

            assertThat(pull().layers()).hasSize(1);
            assertThat(seen).containsExactly("false");
        }
    }

    @Test
    void shouldSayWhatTheRegistryAnswered() throws IOException {
        registry.on(MANIFESTS + "latest", status(401));
        assertRefused(Reason.DENIED, "may not be read without credentials");
        registry.on(MANIFESTS + "latest", status(429));
        assertRefused(Reason.UNAVAILABLE, ": 429)");
        registry.on(
                MANIFESTS + "latest",
                exchange -> {
                    exchange.getResponseHeaders().add("Location", MANIFESTS + "latest");
                    status(302).give(exchange);
                });
        assertRefused(Reason.UNAVAILABLE, "too many redirects");
    }
}
