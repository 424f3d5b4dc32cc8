package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.NavigableSet;

/**
 * The place of a file within a layer, free of {@code .}, {@code ..} and superfluous slashes.
 *
 * <p>Each byte of the path is one character here, so that names in any encoding survive.
 */
record LayerPath(String bytes) {
    static final LayerPath ROOT = new LayerPath("");
    static final Comparator<LayerPath> ORDER = Comparator.comparing(LayerPath::bytes);
    private static final int PATH_MAX = 4096;

    /**
     * A leading slash is dropped, as all runtimes do: the layer's root is the only root. {@code ..}
     * takes back the component before it, whatever that is, unless there is none.
     */
    static LayerPath parse(byte[] name) throws LayerException {
        var components = new ArrayDeque<String>();
        for (var component : new String(name, ISO_8859_1).split("/", -1)) {
            boolean up = component.equals("..");
            if ((up && components.isEmpty()) || component.indexOf('\0') >= 0) {
                throw new LayerException(
                        "entry \"" + new String(name, UTF_8) + "\" leads out of the layer");
            }
            if (up) {
                components.removeLast();
            } else if (!component.isEmpty() && !component.equals(".")) {
                components.addLast(component);
            }
        }
        var path = String.join("/", components);
        if (path.length() >= PATH_MAX) {
            throw new LayerException("an entry's path is " + path.length() + " bytes long");
        }
        return new LayerPath(path);
    }

    /** {@return what is called so in this directory} */
    LayerPath child(byte[] name) {
        var text = new String(name, ISO_8859_1);
        return new LayerPath(isRoot() ? text : bytes + "/" + text);
    }

    /** {@return the path for people to read} */
    String text() {
        return new String(bytes.getBytes(ISO_8859_1), UTF_8);
    }

    boolean isRoot() {
        return bytes.isEmpty();
    }

    /** {@return those of a set in our order that are below this path; a view} */
    NavigableSet<LayerPath> below(NavigableSet<LayerPath> paths) {
        // the slash and what follows it in the order of bytes
        return paths.subSet(
                new LayerPath(bytes + '/'), true, new LayerPath(bytes + (char) ('/' + 1)), false);
    }

    LayerPath parent() {
        return new LayerPath(bytes.substring(0, Math.max(0, bytes.lastIndexOf('/'))));
    }

    /** {@return the last component} */
    String name() {
        return bytes.substring(bytes.lastIndexOf('/') + 1);
    }

    /** {@return the last component as the kernel takes it} */
    byte[] nameBytes() {
        return name().getBytes(ISO_8859_1);
    }

    /** {@return the path as openat2(2) takes it, relative to the layer's root} */
    byte[] openable() {
        return (isRoot() ? "." : bytes).getBytes(ISO_8859_1);
    }

    @Override
    public String toString() {
        return "\"" + text() + "\"";
    }
}
