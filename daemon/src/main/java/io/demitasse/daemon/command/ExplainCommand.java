package io.demitasse.daemon.command;

import io.demitasse.admin.v1.AdminGrpc;
import io.demitasse.admin.v1.Endpoint;
import io.demitasse.admin.v1.ExplainRequest;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code demitasse image explain}: who would be asked for an image, and what they say. */
@Command(
        name = "explain",
        description = {
            "Ask every endpoint that a pull would ask for an image, in its order, and show what each"
                    + " answers.",
            "",
            "Also shows which configuration file made it an endpoint, and where its credentials come"
                    + " from; never what they are. The exit code is 1 if a pull would fail.",
            ""
        })
final class ExplainCommand implements Callable<Integer> {
    private static final double MICROS_PER_MILLI = 1_000;

    @Mixin private ListenOption listen = new ListenOption();

    @Parameters(index = "0", paramLabel = "NAME", description = "A name, as one would pull it.")
    private String name = "";

    @Override
    public Integer call() throws IOException {
        try (var connection = listen.connect()) {
            var request = ExplainRequest.newBuilder().setName(name).build();
            var answer = AdminGrpc.newBlockingStub(connection.channel()).explain(request);
            var out = System.out;
            if (answer.getReference().equals(name)) {
                out.println(name);
            } else {
                out.println(name + " means " + answer.getReference());
                out.println("  (short names are not searched for in other registries)");
            }
            if (!answer.getRefusal().isEmpty()) {
                out.println("nobody is asked: " + answer.getRefusal());
                return 1;
            }
            int number = 0;
            boolean decided = false;
            for (var endpoint : answer.getEndpointsList()) {
                boolean first = endpoint.getGood() && !decided;
                print(out, ++number, endpoint, first);
                decided |= endpoint.getGood();
            }
            if (!decided) {
                out.println("a pull would fail: nobody has it");
            }
            return decided ? 0 : 1;
        }
    }

    private static void print(PrintStream out, int number, Endpoint endpoint, boolean used) {
        out.println(number + ". " + endpoint.getAddress() + " (" + endpoint.getRole() + ")");
        out.println("   because of   " + endpoint.getOrigin());
        out.println("   credentials  " + endpoint.getCredentials());
        out.println("   asked        " + endpoint.getQuestion());
        if (!endpoint.getAnswer().isEmpty()) {
            out.println(
                    String.format(
                            Locale.ROOT,
                            "   answered     %s after %.1f ms%s",
                            endpoint.getAnswer(),
                            endpoint.getTookMicros() / MICROS_PER_MILLI,
                            used ? ": a pull uses this" : ""));
        }
    }
}
