package io.demitasse.storage.layer;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.storage.FilesystemUsage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A layer whose archive was unpacked and verified, beside the store and not yet in it.
 *
 * <p>Closing one that was not committed discards it.
 */
public final class UnpackedLayer implements AutoCloseable {
    private final LayerStore store;
    private final String name;
    private final DirectoryFd diff;
    private final Unfinished unfinished;
    private final PathFile hidden;
    private FilesystemUsage usage;

    /** Takes ownership of the directory and of the file of what it hides by name. */
    UnpackedLayer(
            LayerStore store,
            String name,
            DirectoryFd diff,
            Unfinished unfinished,
            PathFile hidden,
            FilesystemUsage usage) {
        this.store = store;
        this.name = name;
        this.diff = diff;
        this.unfinished = unfinished;
        this.hidden = hidden;
        this.usage = usage;
    }

    String name() {
        return name;
    }

    /** Makes good what the layer leaves to those below it. */
    void complete(List<Path> lowerTopFirst) throws IOException {
        if (lowerTopFirst.isEmpty()) {
            unfinished.links().requireNone();
        }
        if (unfinished.isNothing() && hidden.isEmpty()) {
            return;
        }
        try (var lower = LayerStack.open(lowerTopFirst)) {
            inherit(lower);
            if (!unfinished.links().isEmpty() || unfinished.opaqueRoot()) {
                copyAndHide(lower);
            }
            long needless = Whiteouts.removeNeedless(hidden, diff, lower);
            usage = usage.minus(new FilesystemUsage(0, needless));
        }
    }

    private void copyAndHide(LayerStack lower) throws IOException {
        var before = TreeUsage.of(diff);
        unfinished.links().resolve(diff, lower);
        if (unfinished.opaqueRoot()) {
            Whiteouts.hideAll(lower, diff);
        }
        usage = usage.minus(before).plus(TreeUsage.of(diff));
    }

    /**
     * Gives directories that only the layers below describe what those say of them: overlayfs shows
     * the attributes of the topmost layer that has a directory, though it were just a way to
     * others.
     */
    private void inherit(LayerStack lower) throws SyscallException {
        for (var path : unfinished.undescribed()) {
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

    /** As {@link #complete}, and waits until it is on the device: one that will take a place. */
    public void completeAndSync(List<Path> lowerTopFirst) throws IOException {
        complete(lowerTopFirst);
        diff.syncFilesystem();
    }

    /** What it takes, with the directory around it. */
    FilesystemUsage usage() {
        return usage;
    }

    @Override
    public void close() {
        diff.close();
        hidden.close();
        store.abandon(this);
    }
}
