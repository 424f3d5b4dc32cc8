package io.demitasse.shim.container;

/** The size of a terminal. */
public record Terminal(int rows, int columns) {
    /** {@return what a terminal has that nobody has sized} */
    public static Terminal standard() {
        return new Terminal(24, 80);
    }
}
