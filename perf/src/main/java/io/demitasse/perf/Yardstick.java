package io.demitasse.perf;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;

/**
 * {@code crun run} of busybox {@code true}, timed beside the pods: what the machine can do now.
 *
 * <p>The script {@code perf/yardstick} prepares a bundle and a cgroup view that crun accepts, then
 * runs crun once for each line it reads and answers with the microseconds it took. It ends, and
 * takes away what it made, when its input does.
 */
public final class Yardstick implements AutoCloseable {
    private final Process script;
    private final Writer requests;
    private final BufferedReader answers;

    /** Starts the script. */
    public Yardstick(Path script) throws IOException {
        this.script =
                new ProcessBuilder(script.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        requests = this.script.outputWriter();
        answers = this.script.inputReader();
    }

    /** {@return how long one run of crun took} */
    public Duration run() throws IOException {
        requests.write("run\n");
        requests.flush();
        String answer = answers.readLine();
        if (answer == null) {
            throw new IOException("yardstick ended without an answer");
        }
        return Duration.of(Long.parseLong(answer), ChronoUnit.MICROS);
    }

    @Override
    public void close() throws IOException {
        requests.close();
        try {
            script.waitFor();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // the script ends by itself
        }
    }
}
