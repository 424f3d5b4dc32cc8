package io.demitasse.daemon.command;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Shows how several transfers get on: a bar each where there is a terminal, else a line whenever
 * one of them changes its state.
 */
final class TransferView {
    private static final int DIGEST_CHARACTERS = 19; // sha256: and twelve digits
    private static final int TEXT_COLUMNS = 60;
    private static final int LEAST_BAR = 10;
    private static final String UP_AND_CLEAR = "\033[1A\033[2K";

    private final PrintStream out;
    private final boolean redrawing;
    private final int barColumns;
    private final Map<String, String> shown = new LinkedHashMap<>();
    private int linesDrawn;

    /**
     * One transfer.
     *
     * @param state in a word
     */
    record Line(String blob, String state, long doneBytes, long totalBytes) {
        String label() {
            return blob.substring(0, Math.min(blob.length(), DIGEST_CHARACTERS));
        }

        String amount() {
            return Quantity.bytes(doneBytes) + " / " + Quantity.bytes(totalBytes);
        }
    }

    TransferView(PrintStream out, boolean redrawing, int columns) {
        this.out = out;
        this.redrawing = redrawing;
        this.barColumns = Math.max(LEAST_BAR, columns - TEXT_COLUMNS);
    }

    /** For standard output as it is. */
    static TransferView standard() {
        return new TransferView(System.out, Terminal.isOutput(), Terminal.columns());
    }

    void show(List<Line> lines) {
        if (redrawing) {
            redraw(lines);
        } else {
            lines.forEach(this::tell);
        }
        out.flush();
    }

    private void tell(Line line) {
        if (!line.state().equals(shown.put(line.blob(), line.state()))) {
            out.println(line.label() + " " + line.state() + " " + line.amount());
        }
    }

    private void redraw(List<Line> lines) {
        var text = new StringBuilder();
        text.append(UP_AND_CLEAR.repeat(linesDrawn));
        for (var line : lines) {
            text.append(line.label())
                    .append("  ")
                    .append(bar(line))
                    .append("  ")
                    .append("%-20s".formatted(line.amount()))
                    .append("  ")
                    .append(line.state())
                    .append('\n');
        }
        out.print(text);
        linesDrawn = lines.size();
    }

    private String bar(Line line) {
        int full =
                line.totalBytes() <= 0
                        ? barColumns
                        : (int)
                                (barColumns
                                        * Math.min(line.doneBytes(), line.totalBytes())
                                        / line.totalBytes());
        var bar = new StringBuilder("[");
        return bar.repeat('#', full).repeat('.', barColumns - full).append(']').toString();
    }
}
