package io.demitasse.sandbox;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The failures of things that are tried one after the other, whatever becomes of each. */
final class Failures {
    private @Nullable IOException first;

    void attempt(Rollback.Undo step) {
        try {
            step.run();
        } catch (IOException failed) {
            if (first == null) {
                first = failed;
            } else {
                first.addSuppressed(failed);
            }
        }
    }

    /** Throws the first failure, with the others suppressed in it, if there was one. */
    void rethrow() throws IOException {
        if (first != null) {
            throw first;
        }
    }
}
