package io.demitasse.daemon.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What clients of Kubernetes parse. */
class CommandResultTest {
    @Test
    void shouldBeAStatusOfKubernetes() {
        assertThat(new CommandResult.Exited(0).json())
                .isEqualTo("{\"metadata\":{},\"status\":\"Success\"}");
        assertThat(new CommandResult.Exited(7).json())
                .isEqualTo(
                        "{\"metadata\":{},\"status\":\"Failure\",\"message\":\"command terminated"
                                + " with non-zero exit code: exit status 7\",\"reason\":"
                                + "\"NonZeroExitCode\",\"details\":{\"causes\":[{\"reason\":"
                                + "\"ExitCode\",\"message\":\"7\"}]}}");
        assertThat(new CommandResult.Failed("no such file").json())
                .contains("\"reason\":\"InternalError\"")
                .contains("\"message\":\"Internal error occurred: no such file\"");
        assertThat(new CommandResult.Exited(0).text()).isEmpty();
    }

    @Test
    void shouldReadSizesHoweverTheyAreCut() {
        var reader = new ResizeReader();
        var sizes = new ArrayList<List<Integer>>();

        for (var part :
                List.of("{\"Width\":80,", "\"Height\":24}\n{\"Width\"", ":132,\"Height\":50}")) {
            reader.read(part.getBytes(UTF_8), (rows, columns) -> sizes.add(List.of(rows, columns)));
        }
        for (var nonsense : List.of("{\"Width\":\"wide\",\"Height\":1}", "}}", "{\"Width\":1}")) {
            reader.read(
                    nonsense.getBytes(UTF_8), (rows, columns) -> sizes.add(List.of(rows, columns)));
        }

        assertThat(sizes).containsExactly(List.of(24, 80), List.of(50, 132));
    }
}
