package io.demitasse.storage.image;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.PullException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How containers of images start, read from the images' documents when somebody asks. Those that
 * were asked for last are kept, as long as they take little memory together.
 *
 * <p><b>Threads.</b> Any.
 */
final class ImageConfigs {
    private static final int MAX_KEPT_BYTES = 1 << 20;

    private final RecordFiles files;

    @GuardedBy("this")
    private final Map<String, ImageConfig> kept = new LinkedHashMap<>(16, 0.75f, true);

    @GuardedBy("this")
    private int keptBytes;

    ImageConfigs(RecordFiles files) {
        this.files = files;
    }

    /** {@return the config of an image that is no artifact} */
    ImageConfig of(Image image) throws PullException {
        synchronized (this) {
            var known = kept.get(image.id());
            if (known != null) {
                return known;
            }
        }
        var what = "config " + image.id();
        var read = ConfigFile.parse(files.content(Digest.parse(image.id())), what).config();
        keep(image.id(), read);
        return read;
    }

    private synchronized void keep(String id, ImageConfig config) {
        int cost = config.costBytes();
        if (cost > MAX_KEPT_BYTES / 4 || kept.putIfAbsent(id, config) != null) {
            return;
        }
        keptBytes += cost;
        Iterator<ImageConfig> eldest = kept.values().iterator();
        while (keptBytes > MAX_KEPT_BYTES) {
            keptBytes -= eldest.next().costBytes();
            eldest.remove();
        }
    }
}
