package io.demitasse.daemon.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether standard output is looked at by somebody, and how wide it is. */
final class Terminal {
    private static final int USUAL_COLUMNS = 80;
    private static final int MAX_COLUMNS = 200;

    private Terminal() {}

    /** {@link java.io.Console#isTerminal} also wants standard input to be one. */
    static boolean isOutput() {
        try {
            var target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
            return target.startsWith("/dev/pts/")
                    || target.startsWith("/dev/tty")
                    || target.equals("/dev/console");
        } catch (IOException unknown) {
            return false;
        }
    }

    static int columns() {
        var text = System.getenv("COLUMNS");
        return text != null && text.matches("[1-9][0-9]{1,3}")
                ? Math.min(Integer.parseInt(text), MAX_COLUMNS)
                : USUAL_COLUMNS;
    }
}
