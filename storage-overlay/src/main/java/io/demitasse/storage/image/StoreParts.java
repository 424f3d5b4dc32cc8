package io.demitasse.storage.image;

import io.demitasse.storage.Trash;
import io.demitasse.storage.layer.LayerStore;
import io.demitasse.storage.registry.KeptBlobs;
import io.demitasse.storage.registry.PartialBlobs;
import io.demitasse.storage.registry.RegistryAccess;

/** What a store is made of, for those who do something with its images beyond keeping them. */
record StoreParts(
        RegistryAccess registries,
        Trash trash,
        LayerStore layers,
        RecordFiles files,
        PartialBlobs partials,
        KeptBlobs blobs) {}
