package io.demitasse.storage.layer;

/** The unpacked layers of all images. */
public final class LayerStore {}
