package io.demitasse.linux.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The AppArmor of the running kernel, whose profiles are known to it by name.
 *
 * <p>A profile is text, and the kernel takes state machines: {@code apparmor_parser} makes one of
 * the other and loads it, which takes from 20 ms to some seconds. So profiles are loaded before
 * they are needed, and a process is confined by naming one.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/apparmor.d.5.html">apparmor.d(5)</a>
 */
public final class AppArmor {
    private static final Path ENABLED = Path.of("sys/module/apparmor/parameters/enabled");
    private static final Path LOADED = Path.of("sys/kernel/security/apparmor/profiles");
    private static final List<String> PARSERS =
            List.of("sbin/apparmor_parser", "usr/sbin/apparmor_parser");
    private static final int TIMEOUT_SECONDS = 60;
    private static final int MAX_MESSAGE_BYTES = 1 << 16;

    private final Path root;

    private AppArmor(Path root) {
        this.root = root;
    }

    /** {@return that of this node} */
    public static AppArmor ofKernel() {
        return below(Path.of("/"));
    }

    /** {@return what a tree of files like the root directory's says} */
    static AppArmor below(Path root) {
        return new AppArmor(root);
    }

    /** {@return whether the kernel confines by profiles} */
    public boolean isEnabled() {
        try {
            return Files.readString(root.resolve(ENABLED)).startsWith("Y");
        } catch (IOException notBuilt) {
            return false;
        }
    }

    /** {@return the program that loads profiles, if it is installed} */
    public Optional<Path> parser() {
        return PARSERS.stream().map(root::resolve).filter(Files::isExecutable).findFirst();
    }

    /**
     * {@return the names of all loaded profiles; nothing if securityfs is not mounted, and nobody
     * can tell}
     */
    public Optional<Set<String>> loaded() throws IOException {
        // a line is "NAME (MODE)", and a name may contain spaces and parentheses
        try (var lines = Files.lines(root.resolve(LOADED), UTF_8)) {
            return Optional.of(
                    lines.map(line -> line.substring(0, Math.max(0, line.lastIndexOf(" ("))))
                            .collect(Collectors.toUnmodifiableSet()));
        } catch (NoSuchFileException notMounted) {
            return Optional.empty();
        } catch (UncheckedIOException failure) {
            throw failure.getCause();
        }
    }

    /** Compiles the text of a profile and loads it, in place of one that has its name. */
    public void load(String text) throws IOException {
        var program =
                parser().orElseThrow(() -> new IOException("apparmor_parser is not installed"));
        var process =
                new ProcessBuilder(program.toString(), "--replace", "--skip-cache")
                        .redirectErrorStream(true)
                        .start();
        try {
            send(text, process);
            var said = new String(process.getInputStream().readNBytes(MAX_MESSAGE_BYTES), UTF_8);
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(
                        program + " did not end within " + TIMEOUT_SECONDS + " seconds");
            }
            if (process.exitValue() != 0) {
                throw new IOException(program + " loads no profile: " + said.strip());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while " + program + " loads a profile");
        } finally {
            process.destroyForcibly();
        }
    }

    /** A parser that ends without reading has a reason, and says it. */
    private static void send(String text, Process parser) {
        try (var in = parser.getOutputStream()) {
            in.write(text.getBytes(UTF_8));
        } catch (IOException ended) {
            // its exit code and its message tell more
        }
    }
}
