package io.demitasse.daemon.stream;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

/** How a command ended, as the client's error stream says it. */
public sealed interface CommandResult {
    /** The process ended, or the client's part of it did. */
    record Exited(int code) implements CommandResult {}

    /** There was no process, or it was lost. */
    record Failed(String message) implements CommandResult {}

    /** {@return the status object of Kubernetes, of sub-protocol version 4 and later} */
    default String json() {
        var status = new JsonObject();
        status.add("metadata", new JsonObject());
        switch (this) {
            case Exited(var code) when code == 0 -> status.addProperty("status", "Success");
            case Exited(var code) -> {
                status.addProperty("status", "Failure");
                status.addProperty("message", text());
                status.addProperty("reason", "NonZeroExitCode");
                status.add("details", causes("ExitCode", String.valueOf(code)));
            }
            case Failed(var message) -> {
                status.addProperty("status", "Failure");
                status.addProperty("message", "Internal error occurred: " + message);
                status.addProperty("reason", "InternalError");
                status.add("details", causes("", message));
                status.addProperty("code", 500);
            }
        }
        return status.toString();
    }

    /** {@return the sentence of older versions; empty for success} */
    default String text() {
        return switch (this) {
            case Exited(var code) when code == 0 -> "";
            case Exited(var code) ->
                    "command terminated with non-zero exit code: exit status " + code;
            case Failed(var message) -> message;
        };
    }

    private static JsonObject causes(String reason, String message) {
        var cause = new JsonObject();
        if (!reason.isEmpty()) {
            cause.addProperty("reason", reason);
        }
        cause.addProperty("message", message);
        var causes = new JsonArray();
        causes.add(cause);
        var details = new JsonObject();
        details.add("causes", causes);
        return details;
    }
}
