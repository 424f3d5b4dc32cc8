package io.demitasse.storage.image;

import io.demitasse.storage.reference.Reference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Images by each of their names. Immutable: readers take the current one and need no lock.
 *
 * @param byId records of images that may be asked for
 * @param idByName ids by normalised names, with tag or with digest
 */
record ImageCatalog(Map<String, ImageRecord> byId, Map<String, String> idByName) {
    private static final Pattern SHORT_ID = Pattern.compile("[0-9a-f]{3,64}");
    private static final String ID_PREFIX = "sha256:";

    static final ImageCatalog EMPTY = new ImageCatalog(Map.of(), Map.of());

    ImageCatalog with(ImageRecord record) {
        var changed = new HashMap<>(byId);
        changed.put(record.image().id(), record);
        return of(changed);
    }

    ImageCatalog without(String id) {
        var changed = new HashMap<>(byId);
        changed.remove(id);
        return of(changed);
    }

    private static ImageCatalog of(Map<String, ImageRecord> byId) {
        var names = new HashMap<String, String>();
        for (var record : byId.values()) {
            var image = record.image();
            image.repositoryTags().forEach(name -> names.put(name, image.id()));
            image.repositoryDigests().forEach(name -> names.put(name, image.id()));
        }
        return new ImageCatalog(Map.copyOf(byId), Map.copyOf(names));
    }

    List<Image> images() {
        var images = new ArrayList<Image>(byId.size());
        byId.values().forEach(record -> images.add(record.image()));
        return images;
    }

    Optional<ImageRecord> named(String name) {
        return Optional.ofNullable(idByName.get(name)).map(byId::get);
    }

    Optional<Image> find(String text) {
        var byName = byId(text).or(() -> byReference(text));
        return byName.or(() -> byShortId(text)).map(ImageRecord::image);
    }

    private Optional<ImageRecord> byId(String text) {
        var id = text.startsWith(ID_PREFIX) ? text : ID_PREFIX + text;
        return Optional.ofNullable(byId.get(id));
    }

    private Optional<ImageRecord> byReference(String text) {
        try {
            var reference = Reference.parse(text);
            var name = reference.digest().map(reference::at).or(reference::tagged);
            return name.flatMap(this::named);
        } catch (IllegalArgumentException noName) {
            return Optional.empty();
        }
    }

    private Optional<ImageRecord> byShortId(String text) {
        var hex = text.startsWith(ID_PREFIX) ? text.substring(ID_PREFIX.length()) : text;
        if (!SHORT_ID.matcher(hex).matches()) {
            return Optional.empty();
        }
        var matching =
                byId.values().stream()
                        .filter(record -> record.config().hex().startsWith(hex))
                        .toList();
        return matching.size() == 1 ? Optional.of(matching.getFirst()) : Optional.empty();
    }
}
