package io.demitasse.storage.image;

/**
 * What stands for a user or a group where people write either its number or its name.
 *
 * <p>This is the only place that decides which of the two a text is. A number is a number, also
 * where a file of the image has a user with that name: whoever looks at the text alone, as the
 * kubelet does for {@code runAsNonRoot}, has to come to the same result.
 */
public sealed interface NumberOrName {
    /** The highest id that runtimes and Kubernetes agree to take. */
    int MAX_ID = Integer.MAX_VALUE;

    /** An id between 0 and {@link #MAX_ID}. */
    record Id(int id) implements NumberOrName {
        /** Checks the range. */
        public Id {
            if (id < 0) {
                throw new IllegalArgumentException(outOfRange(String.valueOf(id)));
            }
        }
    }

    /** A name, to be looked up in a file. */
    record Name(String text) implements NumberOrName {}

    /** A number that is no id, and never a name either. */
    record OutOfRange(String text) implements NumberOrName {}

    /**
     * {@return what a text stands for}
     *
     * <p>ASCII digits are a number, with as many zeros before them as somebody liked. With a sign
     * they are one that is out of range: other runtimes read {@code +0} as root.
     */
    static NumberOrName parse(String text) {
        boolean signed = text.startsWith("-") || text.startsWith("+");
        var digits = signed ? text.substring(1) : text;
        if (digits.isEmpty() || !digits.chars().allMatch(NumberOrName::isDigit)) {
            return new Name(text);
        }
        int zeros = 0;
        while (zeros < digits.length() - 1 && digits.charAt(zeros) == '0') {
            zeros++;
        }
        var value = digits.substring(zeros);
        boolean fits =
                !signed
                        && value.length() <= String.valueOf(MAX_ID).length()
                        && Long.parseLong(value) <= MAX_ID;
        return fits ? new Id(Integer.parseInt(value)) : new OutOfRange(text);
    }

    /**
     * {@return an id of a request}
     *
     * @throws IllegalArgumentException if it is out of range
     */
    static Id of(long id) {
        if (id < 0 || id > MAX_ID) {
            throw new IllegalArgumentException(outOfRange(String.valueOf(id)));
        }
        return new Id((int) id);
    }

    /** {@return why a number is refused} */
    static String outOfRange(String number) {
        return number + " is not between 0 and " + MAX_ID;
    }

    private static boolean isDigit(int letter) {
        return letter >= '0' && letter <= '9';
    }
}
