package io.demitasse.shim.container;

/** A limit of setrlimit(2): {@code -1} is RLIM_INFINITY. */
public record Rlimit(int resource, long soft, long hard) {}
