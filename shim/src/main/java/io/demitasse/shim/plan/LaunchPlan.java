package io.demitasse.shim.plan;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All that the shim does to start one process, in order. */
public record LaunchPlan(Monitor monitor, StandardStreams streams, List<Operation> operations) {
    /** Copies the operations: one clone, and as the last one an exec. */
    public LaunchPlan {
        operations = List.copyOf(operations);
        long clones =
                operations.stream()
                        .filter(operation -> operation instanceof ProcessOperation.CloneProcess)
                        .count();
        if (clones != 1) {
            throw new IllegalArgumentException("a plan clones once, not " + clones + " times");
        }
        if (!(operations.getLast() instanceof ProcessOperation.Execute
                || operations.getLast() instanceof ProcessOperation.ExecuteSelf)) {
            throw new IllegalArgumentException("a plan ends with an exec");
        }
    }

    /** {@return the plan as text, a line for each operation} */
    public String describe() {
        return Stream.concat(
                        Stream.of(monitor.describe(), streams.describe()),
                        operations.stream().map(Operation::describe))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    /** {@return the plan as the shim reads it, and the descriptors it refers to} */
    public EncodedPlan encode() {
        return new PlanEncoder(operations.size()).encode(this);
    }
}
