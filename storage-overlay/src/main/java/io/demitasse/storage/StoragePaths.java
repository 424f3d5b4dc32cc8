package io.demitasse.storage;

import java.nio.file.Path;

/**
 * Where the store keeps its things below its root. Nobody else joins these names.
 *
 * <pre>
 * ROOT/
 *   images/HEX.json             one record per image, HEX of its id
 *   images/quarantine/          records that could not be read, kept for inspection
 *   content/sha256/HEX          manifests and configs, as the registry served them
 *   layers/CHAIN/diff/          one unpacked layer, CHAIN is the hex of its chain id
 *   layers/CHAIN/skeleton       its archive without the files' contents, to check it and to rebuild it
 *   ingest/unpack-N/diff/       a layer being unpacked; removed at start
 *   ingest/removed-N/           something on its way out; removed at start
 *   blobs/HEX                   a layer as the registry had it, where that is wanted
 *   partial/HEX                 what has come of a blob so far; goes with its layer's commit
 *   snapshots/CONTAINER/upper/  what a container wrote
 *   snapshots/CONTAINER/work/   what overlayfs needs beside it
 *   snapshots/CONTAINER/volumes/HEX   a link each to the images mounted in it, HEX of their ids
 *   snapshots/CONTAINER/image   a symbolic link whose target is the id of its image
 *   empty/                      the layer below images that have only one
 *   mounts/                     a corner of the mount table, on kernels that need one
 * </pre>
 */
public record StoragePaths(Path root) {
    /** The directory of a layer, or of one being unpacked, that has the layer's files. */
    public static final String DIFF = "diff";

    /** The file beside it that has the layer's archive, but for the contents of its files. */
    public static final String SKELETON = "skeleton";

    /** The directory of a snapshot that has what the container wrote. */
    public static final String UPPER = "upper";

    /** The directory of a snapshot that belongs to overlayfs. */
    public static final String WORK = "work";

    /** The link of a snapshot that names its image. */
    public static final String IMAGE = "image";

    /** The directory of a snapshot that names the images mounted in the container. */
    public static final String VOLUMES = "volumes";

    /** {@return the directory of image records} */
    public Path images() {
        return root.resolve("images");
    }

    /** {@return the directory of records that could not be read} */
    public Path quarantine() {
        return images().resolve("quarantine");
    }

    /** {@return the directory of manifests and configs} */
    public Path content() {
        return root.resolve("content").resolve("sha256");
    }

    /** {@return the directory of unpacked layers} */
    public Path layers() {
        return root.resolve("layers");
    }

    /** {@return the directory of what is being made or removed} */
    public Path ingest() {
        return root.resolve("ingest");
    }

    /** {@return the directory of blobs that are being downloaded} */
    public Path partial() {
        return root.resolve("partial");
    }

    /** {@return the directory of compressed layers that are kept} */
    public Path blobs() {
        return root.resolve("blobs");
    }

    /** {@return the files of one layer} */
    public Path diff(String chain) {
        return layers().resolve(chain).resolve(DIFF);
    }

    /** {@return the directory of writable layers} */
    public Path snapshots() {
        return root.resolve("snapshots");
    }

    /** {@return what a container wrote} */
    public Path upper(String container) {
        return snapshots().resolve(container).resolve(UPPER);
    }

    /** {@return what overlayfs needs beside it} */
    public Path work(String container) {
        return snapshots().resolve(container).resolve(WORK);
    }

    /** {@return a directory that nobody puts anything into} */
    public Path empty() {
        return root.resolve("empty");
    }

    /** {@return where mounts pass through that a kernel cannot make detached} */
    public Path mounts() {
        return root.resolve("mounts");
    }
}
