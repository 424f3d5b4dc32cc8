package io.demitasse.daemon.command;

import java.util.Locale;

/** Numbers for people. */
final class Quantity {
    private static final long STEP = 1_000;
    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

    private Quantity() {}

    /** {@return bytes with three significant digits: {@code 4.07 MB}} */
    static String bytes(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= STEP - 0.5 && unit < UNITS.length - 1) {
            value /= STEP;
            unit++;
        }
        if (unit == 0) {
            return bytes + " B";
        }
        var format = value < 10 ? "%.2f %s" : value < 100 ? "%.1f %s" : "%.0f %s";
        return String.format(Locale.ROOT, format, value, UNITS[unit]);
    }
}
