package io.demitasse.storage.image;

/** A record that could not be read at start, was put aside, and why. */
public record Quarantined(String file, String why) {}
