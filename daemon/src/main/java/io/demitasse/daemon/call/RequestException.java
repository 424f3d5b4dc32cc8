package io.demitasse.daemon.call;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;

/** A request that was refused before anything was created, in a sentence for whoever sent it. */
public final class RequestException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** Why a request is refused; the names are those of the gRPC codes that they become. */
    public enum Kind {
        INVALID_ARGUMENT,
        NOT_FOUND,
        ALREADY_EXISTS,
        FAILED_PRECONDITION,
        DEADLINE_EXCEEDED,
        ABORTED,
        EXHAUSTED,
        UNAVAILABLE,
        UNIMPLEMENTED
    }

    private RequestException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** {@return why it is refused} */
    public Kind kind() {
        return kind;
    }

    /** The request cannot mean anything. */
    @FormatMethod
    public static RequestException invalid(@FormatString String sentence, Object... arguments) {
        return new RequestException(Kind.INVALID_ARGUMENT, sentence.formatted(arguments));
    }

    /** The request cannot mean anything, for the reason that the floor below gave. */
    public static RequestException invalid(Exception reason) {
        return new RequestException(Kind.INVALID_ARGUMENT, String.valueOf(reason.getMessage()));
    }

    /** What the request names is not here. */
    @FormatMethod
    public static RequestException notFound(@FormatString String sentence, Object... arguments) {
        return new RequestException(Kind.NOT_FOUND, sentence.formatted(arguments));
    }

    /** The name belongs to something else. */
    @FormatMethod
    public static RequestException exists(@FormatString String sentence, Object... arguments) {
        return new RequestException(Kind.ALREADY_EXISTS, sentence.formatted(arguments));
    }

    /** What the request names is not in a state that allows it. */
    @FormatMethod
    public static RequestException state(@FormatString String sentence, Object... arguments) {
        return new RequestException(Kind.FAILED_PRECONDITION, sentence.formatted(arguments));
    }

    /** It took longer than the request allowed. */
    @FormatMethod
    public static RequestException late(@FormatString String sentence, Object... arguments) {
        return new RequestException(Kind.DEADLINE_EXCEEDED, sentence.formatted(arguments));
    }

    /** Something went by that cannot be had again; whoever asked must begin anew. */
    @FormatMethod
    public static RequestException aborted(@FormatString String sentence, Object... arguments) {
        return new RequestException(Kind.ABORTED, sentence.formatted(arguments));
    }

    /** There is no room for more of it now. */
    @FormatMethod
    public static RequestException exhausted(@FormatString String sentence, Object... arguments) {
        return new RequestException(Kind.EXHAUSTED, sentence.formatted(arguments));
    }

    /** Not now; the same request may be sent again later. */
    @FormatMethod
    public static RequestException unavailable(@FormatString String sentence, Object... arguments) {
        return new RequestException(Kind.UNAVAILABLE, sentence.formatted(arguments));
    }

    /** The request asks for what this runtime does not do yet. */
    @FormatMethod
    public static RequestException unimplemented(
            @FormatString String sentence, Object... arguments) {
        return new RequestException(Kind.UNIMPLEMENTED, sentence.formatted(arguments));
    }
}
