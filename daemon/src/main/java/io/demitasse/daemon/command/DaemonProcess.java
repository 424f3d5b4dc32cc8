package io.demitasse.daemon.command;

import static java.lang.System.Logger.Level.WARNING;

import io.demitasse.linux.process.CallingProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a process that serves is to be, however it was started. */
final class DaemonProcess {
    private static final System.Logger LOG = System.getLogger("io.demitasse.daemon");
    private static final String ATTACH = "DisableAttachMechanism";

    private DaemonProcess() {}

    /**
     * Shuts what can be shut from inside, and says in the log what cannot: an option of the JVM.
     *
     * @throws IOException if the kernel refuses, or there is no {@code /proc}
     */
    static void confine() throws IOException {
        CallingProcess.refuseDumps();
        if (!refusesAttach(Files.readString(Path.of("/proc/self/cmdline")))) {
            LOG.log(
                    WARNING,
                    "this JVM can be attached to by any root process that writes to its /tmp, also"
                            + " one in a container: start it by bin/demitasse, or with -XX:+"
                            + ATTACH);
        }
        var handedOn = handedOn(Files.readString(Path.of("/proc/self/status")));
        if (!handedOn.isEmpty()) {
            LOG.log(
                    WARNING,
                    "the daemon was started with "
                            + String.join(" and ", handedOn)
                            + ", which no process can take off again: all containers have it, too;"
                            + " take it out of the daemon's unit");
        }
    }

    /** {@return what containers inherit of a process with this status, whatever is done} */
    static List<String> handedOn(String status) {
        var found = new ArrayList<String>();
        if (status.contains("\nNoNewPrivs:\t1\n")) {
            found.add("no_new_privs (NoNewPrivileges=)");
        }
        if (status.contains("\nSeccomp:\t2\n")) {
            found.add("a seccomp filter (SystemCallFilter= and others)");
        }
        return found;
    }

    /** {@return whether the last such option of a command line says so} */
    static boolean refusesAttach(String commandLine) {
        return Arrays.stream(commandLine.split("\0", -1))
                .filter(word -> word.matches("-XX:[+-]" + ATTACH))
                .reduce((_, last) -> last)
                .filter(last -> last.startsWith("-XX:+"))
                .isPresent();
    }
}
