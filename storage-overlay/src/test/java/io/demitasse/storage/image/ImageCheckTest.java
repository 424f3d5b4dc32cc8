package io.demitasse.storage.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.storage.OpenFiles;
import io.demitasse.storage.StoragePaths;
import io.demitasse.storage.image.ImageChecks.Checked;
import io.demitasse.storage.image.ImageChecks.Verdict;
import io.demitasse.storage.layer.LayerDifference;
import io.demitasse.storage.layer.TarBytes;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.LyingRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The deep check of a store, and its repair from the registry. As root. */
@Timeout(120)
class ImageCheckTest {
    private static final byte[] BOTTOM = new TarBytes().directory("etc").file("etc/a", "a").bytes();
    private static final byte[] TOP =
            new TarBytes()
                    .file("etc/b", "bbbb")
                    .sparse("holes", 1 << 20, List.of(4096L, 5L, 900_000L, 4L), "firstlast")
                    .file("c", "c")
                    .bytes();

    @TempDir Path path;
    private ImageStore images;
    private LyingRegistry registry;
    private Image image;

    @BeforeEach
    void open() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root: run ./test");
        registry = new LyingRegistry();
        images = ImageStore.open(path.resolve("store"));
        serve();
        image = images.pull(PullRequest.of(Reference.parse(registry.host() + "/app")));
        assertThat(registry.asked()).hasSize(4);
    }

    /** An image of two layers, without a real registry so that each request can be counted. */
    private void serve() throws IOException {
        var layout =
                new TestLayout(Files.createDirectory(path.resolve("layout")))
                        .layer(BOTTOM)
                        .layer(TOP)
                        .finish("{}");
        try (var blobs = Files.list(layout.resolve("blobs/sha256"))) {
            for (var blob : blobs.toList()) {
                var digest = "sha256:" + blob.getFileName();
                registry.on("/v2/app/blobs/" + digest, Files.readAllBytes(blob));
                registry.on("/v2/app/manifests/" + digest, Files.readAllBytes(blob));
                if (Files.readString(blob, java.nio.charset.StandardCharsets.ISO_8859_1)
                        .contains("\"layers\":[")) {
                    registry.on("/v2/app/manifests/latest", Files.readAllBytes(blob));
                }
            }
        }
    }

    @AfterEach
    void close() throws IOException {
        if (images != null) {
            images.close();
            registry.close();
            assertThat(OpenFiles.below(path)).isEmpty();
        }
    }

    private List<Checked> check(boolean repair) throws IOException {
        var all = new ArrayList<Checked>();
        new ImageChecks(images).run(repair, all::add);
        return all;
    }

    private static List<Checked> bad(List<Checked> all) {
        return all.stream().filter(each -> each.verdict() != Verdict.GOOD).toList();
    }

    private Path top() {
        return images.layers(image).getFirst();
    }

    @Test
    void shouldFindEverythingGood() throws IOException {
        assertThat(check(false)).hasSize(4).allMatch(each -> each.verdict() == Verdict.GOOD);
    }

    @Test
    void shouldRepairTheOneBadLayerAndFetchNothingElse() throws IOException {
        Files.writeString(top().resolve("etc/b"), "bbxb");
        Files.delete(top().resolve("c"));

        var found = bad(check(false));
        assertThat(found).hasSize(1);
        assertThat(found.getFirst().verdict()).isEqualTo(Verdict.BAD);
        assertThat(found.getFirst().names()).containsExactly(registry.host() + "/app:latest");
        assertThat(found.getFirst().differences())
                .contains(
                        new LayerDifference("etc/b", "has other contents"),
                        new LayerDifference("c", "is missing"));

        registry.asked().clear();
        assertThat(bad(check(true))).extracting(Checked::verdict).containsExactly(Verdict.REPAIRED);
        assertThat(registry.asked())
                .containsExactly("/v2/app/blobs/" + Digest.of(TestLayout.gzip(TOP)));
        assertThat(bad(check(false))).isEmpty();
        assertThat(top().resolve("etc/b")).hasContent("bbbb");
    }

    @Test
    void shouldLeaveALayerAloneThatAContainerUses() throws IOException {
        Files.writeString(top().resolve("c"), "x");
        images.hold(image.id(), "some-container");

        var left = bad(check(true));

        assertThat(left).hasSize(1);
        assertThat(left.getFirst().verdict()).isEqualTo(Verdict.BAD);
        assertThat(left.getFirst().note()).contains("some-container");
        assertThat(top().resolve("c")).hasContent("x");
        images.release(image.id(), "some-container");
        assertThat(bad(check(true))).extracting(Checked::verdict).containsExactly(Verdict.REPAIRED);
    }

    @Test
    void shouldRepairDocuments() throws IOException {
        var content = new StoragePaths(path.resolve("store")).content();
        try (var files = Files.list(content)) {
            for (var file : files.toList()) {
                Files.writeString(file, "{}");
            }
        }

        assertThat(bad(check(true)))
                .extracting(Checked::verdict)
                .containsExactly(Verdict.REPAIRED, Verdict.REPAIRED);
        assertThat(bad(check(false))).isEmpty();
    }

    @Test
    void shouldSayWhyItCannotRepair() throws IOException {
        Files.writeString(top().resolve("c"), "x");
        registry.on("/v2/app/blobs/" + Digest.of(TestLayout.gzip(TOP)), LyingRegistry.status(404));

        var left = bad(check(true));

        assertThat(left.getFirst().verdict()).isEqualTo(Verdict.BAD);
        assertThat(left.getFirst().note()).contains("not repaired").contains("404");
    }

    /** relatime updates an access time that is not after the modification. */
    @Test
    void shouldLookAtNoFileOfALayerWhenTheStoreIsOpened() throws IOException {
        var watched = top().resolve("etc");
        images.close();
        var longAgo = FileTime.fromMillis(1_000_000_000_000L);
        Files.setAttribute(watched, "lastModifiedTime", longAgo);
        Files.setAttribute(watched, "lastAccessTime", longAgo);

        images = ImageStore.open(path.resolve("store"));

        assertThat(images.find(image.id())).isPresent();
        assertThat(Files.getAttribute(watched, "lastAccessTime")).isEqualTo(longAgo);
        try (var listed = Files.list(watched)) {
            assertThat(listed.count()).isEqualTo(1);
        }
        assumeTrue(
                !Files.getAttribute(watched, "lastAccessTime").equals(longAgo),
                "the filesystem keeps no access times");
    }

    @Test
    void shouldMoveATagToAnotherImage() throws IOException {
        var other =
                images.load(
                        new TestLayout(Files.createDirectory(path.resolve("other")))
                                .layer(new TarBytes().file("o", "o").bytes())
                                .finish("{}"),
                        Optional.of("other:1"));

        images.tag(other, Reference.parse(registry.host() + "/app"));

        assertThat(images.find(registry.host() + "/app")).map(Image::id).hasValue(other.id());
        assertThat(images.find(image.id()).orElseThrow().repositoryTags()).isEmpty();
        assertThat(images.find("other:1")).map(Image::id).hasValue(other.id());
    }
}
