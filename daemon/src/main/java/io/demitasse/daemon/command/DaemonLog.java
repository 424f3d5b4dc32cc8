package io.demitasse.daemon.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One line per event on standard error.
 *
 * <pre>
 * time=2026-11-21T10:16:33.120Z level=info container=3f2a9c… started pid=4711
 * &lt;6>level=info container=3f2a9c… started pid=4711                under journald
 * </pre>
 *
 * <p>A checked exception is told as a sentence, its causes joined by colons. An unchecked one is a
 * bug and brings its stack trace.
 *
 * <p><b>Threads.</b> Any; a line is written at once and whole.
 */
final class DaemonLog extends Handler {
    /** journald recognises a syslog priority at the start of a line: sd-daemon(3). */
    private static final String ERROR = "<3>";

    private static final String WARNING = "<4>";
    private static final String INFORMATION = "<6>";
    private static final String DEBUG = "<7>";

    /** Held here because the log manager only keeps a weak reference, and its level would go. */
    private static final Logger OURS = Logger.getLogger("io.demitasse");

    /** gRPC sets SO_KEEPALIVE on every channel, and Netty warns that a unix socket has none. */
    private static final Logger CHANNEL_OPTIONS = Logger.getLogger("io.netty.bootstrap.Bootstrap");

    private static final Logger SERVER_CHANNEL_OPTIONS =
            Logger.getLogger("io.netty.bootstrap.ServerBootstrap");

    /** Where there is only lo Netty warns that it numbers its channels by a random machine. */
    private static final Logger MACHINE_ID =
            Logger.getLogger("io.netty.util.internal.MacAddressUtil");

    private final boolean underJournald;

    /** Writes lines for journald, or for people. */
    DaemonLog(boolean underJournald) {
        this.underJournald = underJournald;
    }

    /**
     * Sends everything that is logged in this process here, at INFO and above.
     *
     * <p>To be called before anything is logged: the log manager can be chosen only once.
     */
    static void install() {
        System.setProperty("java.util.logging.manager", PersistentLogManager.class.getName());
        var everything = Logger.getLogger("");
        Arrays.stream(everything.getHandlers()).forEach(everything::removeHandler);
        everything.addHandler(new DaemonLog(isUnderJournald()));
        everything.setLevel(Level.INFO);
        CHANNEL_OPTIONS.setLevel(Level.SEVERE);
        SERVER_CHANNEL_OPTIONS.setLevel(Level.SEVERE);
        MACHINE_ID.setLevel(Level.SEVERE);
    }

    /** Changes the least severe level that is logged; libraries stay at INFO. */
    static void level(System.Logger.Level level) {
        OURS.setLevel(
                switch (level) {
                    case ALL, TRACE -> Level.FINER;
                    case DEBUG -> Level.FINE;
                    case INFO -> Level.INFO;
                    case WARNING -> Level.WARNING;
                    case ERROR, OFF -> Level.SEVERE;
                });
    }

    /** {@return an exception and its causes in one line} */
    static String sentence(Throwable thrown) {
        var line = new StringBuilder(described(thrown));
        for (var cause = thrown.getCause(); cause != null; cause = cause.getCause()) {
            var clause = described(cause);
            // Some exceptions repeat their cause's message as their own
            if (line.indexOf(clause) < 0) {
                line.append(": ").append(clause);
            }
        }
        return line.toString().replace("\n", "\\n");
    }

    @Override
    public void publish(LogRecord record) {
        if (isLoggable(record)) {
            System.err.println(line(record));
        }
    }

    @Override
    public void flush() {
        System.err.flush();
    }

    @Override
    public void close() {
        flush();
    }

    /** {@return what is written for a record, without the end of the line} */
    String line(LogRecord record) {
        var line = new StringBuilder();
        if (underJournald) {
            line.append(priority(record.getLevel()));
        } else {
            line.append("time=").append(record.getInstant()).append(' ');
        }
        line.append("level=").append(name(record.getLevel())).append(' ').append(text(record));
        var thrown = record.getThrown();
        if (thrown != null) {
            line.append(": ").append(sentence(thrown));
        }
        var escaped = line.toString().replace("\n", "\\n");
        return isBug(thrown) ? escaped + trace(thrown) : escaped;
    }

    /** Arguments are inserted as they are: MessageFormat would write pid 4711 as 4,711. */
    private static String text(LogRecord record) {
        var text = Objects.requireNonNullElse(record.getMessage(), "");
        var arguments = record.getParameters();
        for (int i = 0; arguments != null && i < arguments.length; i++) {
            text = text.replace("{" + i + "}", String.valueOf(arguments[i]));
        }
        return text;
    }

    private static String described(Throwable thrown) {
        var message = thrown.getMessage();
        // The message of most java.nio.file exceptions is a path alone
        return message == null || thrown instanceof FileSystemException
                ? thrown.toString().replaceFirst("^java[.a-z]*\\.", "")
                : message;
    }

    private static boolean isBug(@Nullable Throwable thrown) {
        return thrown instanceof RuntimeException || thrown instanceof Error;
    }

    private static String trace(Throwable thrown) {
        var trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace, true));
        return System.lineSeparator() + trace.toString().stripTrailing();
    }

    private static String name(Level level) {
        if (level.intValue() >= Level.SEVERE.intValue()) {
            return "error";
        }
        if (level.intValue() >= Level.WARNING.intValue()) {
            return "warning";
        }
        return level.intValue() >= Level.INFO.intValue()
                ? "info"
                : level.intValue() >= Level.FINE.intValue() ? "debug" : "trace";
    }

    private static String priority(Level level) {
        return switch (name(level).toLowerCase(Locale.ROOT)) {
            case "error" -> ERROR;
            case "warning" -> WARNING;
            case "info" -> INFORMATION;
            default -> DEBUG;
        };
    }

    /**
     * JOURNAL_STREAM names the device and inode of journald's end of standard error, and is
     * inherited by processes whose standard error goes elsewhere: systemd.exec(5).
     */
    private static boolean isUnderJournald() {
        var stream = System.getenv("JOURNAL_STREAM");
        if (stream == null) {
            return false;
        }
        var standardError = Path.of("/proc/self/fd/2");
        try {
            return stream.equals(
                    Files.getAttribute(standardError, "unix:dev")
                            + ":"
                            + Files.getAttribute(standardError, "unix:ino"));
        } catch (IOException _) {
            return false; // without /proc: whoever reads this is not journald
        }
    }

    /**
     * The JDK's own forgets its handlers as soon as a shutdown begins, and our last lines with
     * them.
     */
    public static final class PersistentLogManager extends LogManager {
        @Override
        public void reset() {}
    }
}
