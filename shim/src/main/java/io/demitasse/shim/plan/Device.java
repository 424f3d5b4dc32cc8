package io.demitasse.shim.plan;

/** A device number. */
public record Device(int major, int minor) {
    /** {@return the number as makedev(3) packs it} */
    long encoded() {
        return (major & 0xfffff000L) << 32
                | (major & 0xfffL) << 8
                | (minor & 0xffffff00L) << 12
                | (minor & 0xffL);
    }

    @Override
    public String toString() {
        return major + ":" + minor;
    }
}
