package io.demitasse.shim.plan;

import java.util.List;
import java.util.stream.IntStream;

/** Descriptors 0 to 2 of the process, the only ones it gets. A terminal takes their place. */
public record StandardStreams(StandardStream input, StandardStream output, StandardStream error) {
    /** {@return no input, output and error to the log} */
    public static StandardStreams logged() {
        return new StandardStreams(
                new StandardStream.Null(),
                new StandardStream.Logged(),
                new StandardStream.Logged());
    }

    /** {@return output and error to the log, input from whoever attaches} */
    public static StandardStreams attachable() {
        return new StandardStreams(
                new StandardStream.Held(),
                new StandardStream.Logged(),
                new StandardStream.Logged());
    }

    /** {@return nothing in, nothing out} */
    public static StandardStreams none() {
        return new StandardStreams(
                new StandardStream.Null(), new StandardStream.Null(), new StandardStream.Null());
    }

    /** {@return which of descriptors 0 to 2 are the null device} */
    public List<Integer> nulls() {
        var all = List.of(input, output, error);
        return IntStream.range(0, all.size())
                .filter(fd -> all.get(fd) instanceof StandardStream.Null)
                .boxed()
                .toList();
    }

    /** {@return the streams as a line of a plan's text} */
    public String describe() {
        return "streams " + input.describe() + ", " + output.describe() + ", " + error.describe();
    }
}
