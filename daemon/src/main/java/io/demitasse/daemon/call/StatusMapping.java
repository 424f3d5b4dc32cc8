package io.demitasse.daemon.call;

import io.demitasse.sandbox.network.AddressesExhaustedException;
import io.demitasse.sandbox.network.HostPortTakenException;
import io.demitasse.shim.launch.LaunchException;
import io.demitasse.storage.registry.PullException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Turns a failure into the gRPC status that its caller sees; nobody else imports {@link Status}.
 */
public final class StatusMapping {
    private StatusMapping() {}

    /**
     * {@return the status: its code says whose fault it was, its description is the whole chain}
     */
    public static StatusRuntimeException of(Throwable failure) {
        return code(failure)
                .withDescription(sentence(failure))
                .withCause(failure)
                .asRuntimeException();
    }

    /** {@return the status; gRPC's own word for a call without a handler becomes a sentence} */
    static Status explained(Status status, String method) {
        return status.getCode() == Status.Code.UNIMPLEMENTED
                        && String.valueOf(status.getDescription()).endsWith(" is unimplemented")
                ? status.withDescription(
                        method + " is not available in this version of demitasse yet")
                : status;
    }

    /** {@return whether whoever operates the node, not the caller, should look at it} */
    public static boolean isOurs(Throwable failure) {
        return switch (code(failure).getCode()) {
            case UNKNOWN, INTERNAL -> true;
            default -> false;
        };
    }

    private static Status code(Throwable failure) {
        return switch (failure) {
            case RequestException refused ->
                    switch (refused.kind()) {
                        case INVALID_ARGUMENT -> Status.INVALID_ARGUMENT;
                        case NOT_FOUND -> Status.NOT_FOUND;
                        case ALREADY_EXISTS -> Status.ALREADY_EXISTS;
                        case FAILED_PRECONDITION -> Status.FAILED_PRECONDITION;
                        case DEADLINE_EXCEEDED -> Status.DEADLINE_EXCEEDED;
                        case EXHAUSTED -> Status.RESOURCE_EXHAUSTED;
                        case ABORTED -> Status.ABORTED;
                        case UNAVAILABLE -> Status.UNAVAILABLE;
                        case UNIMPLEMENTED -> Status.UNIMPLEMENTED;
                    };
            case LaunchException late when late.isLate() -> Status.DEADLINE_EXCEEDED;
            case AddressesExhaustedException _ -> Status.RESOURCE_EXHAUSTED;
            case HostPortTakenException _ -> Status.FAILED_PRECONDITION;
            case PullException pull ->
                    switch (pull.reason()) {
                        case NOT_FOUND -> Status.NOT_FOUND;
                        case DENIED -> Status.UNAUTHENTICATED;
                        case UNAVAILABLE -> Status.UNAVAILABLE;
                        case CORRUPT -> Status.DATA_LOSS;
                        case UNSUPPORTED -> Status.UNIMPLEMENTED;
                        case STORAGE -> Status.INTERNAL;
                        case MISCONFIGURED -> Status.FAILED_PRECONDITION;
                        case CANCELLED -> Status.CANCELLED;
                    };
            case IllegalArgumentException _ -> Status.INVALID_ARGUMENT;
            case InterruptedException _ -> Status.CANCELLED;
            case java.io.IOException _ -> Status.UNKNOWN;
            default -> Status.INTERNAL;
        };
    }

    /** Each layer's clause, outermost first: {@code cannot mount …: fsconfig(…) = ENOENT (…)}. */
    private static String sentence(Throwable failure) {
        Set<String> clauses = new LinkedHashSet<>();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            var clause = cause.getMessage() == null ? cause.toString() : cause.getMessage();
            if (clauses.stream().noneMatch(outer -> outer.endsWith(clause))) {
                clauses.add(clause);
            }
        }
        return String.join(": ", clauses);
    }
}
