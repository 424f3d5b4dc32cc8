package io.demitasse.storage.layer;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.storage.FilesystemUsage;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * A layer whose archive was unpacked and verified, beside the store and not yet in it.
 *
 * <p>Closing one that was not committed discards it.
 */
public final class UnpackedLayer implements AutoCloseable {
    private final LayerStore store;
    private final String name;
    private final DirectoryFd diff;
    private final Set<LayerPath> undescribed;
    private final FilesystemUsage usage;

    UnpackedLayer(
            LayerStore store,
            String name,
            DirectoryFd diff,
            Set<LayerPath> undescribed,
            FilesystemUsage usage) {
        this.store = store;
        this.name = name;
        this.diff = diff;
        this.undescribed = undescribed;
        this.usage = usage;
    }

    String name() {
        return name;
    }

    /**
     * Gives directories that only the layers below describe what those say of them: overlayfs shows
     * the attributes of the topmost layer that has a directory, though it were just a way to
     * others.
     */
    void inherit(List<Path> lowerTopFirst) throws SyscallException {
        if (lowerTopFirst.isEmpty() || undescribed.isEmpty()) {
            return;
        }
        try (var lower = LayerStack.open(lowerTopFirst)) {
            for (var path : undescribed) {
                var found = lower.directory(path);
                if (found.isEmpty()) {
                    continue;
                }
                var status = found.get();
                try (var own = diff.openDirectory(path.openable(), LayerDirectories.NO_SYMLINKS)) {
                    own.chown(status.uid(), status.gid());
                    own.chmod(status.mode());
                    own.setTimes(status.modified());
                }
            }
        }
    }

    FilesystemUsage usage() {
        return usage;
    }

    @Override
    public void close() {
        diff.close();
        store.abandon(this);
    }
}
