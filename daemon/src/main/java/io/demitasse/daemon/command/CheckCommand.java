package io.demitasse.daemon.command;

import io.demitasse.admin.v1.AdminGrpc;
import io.demitasse.admin.v1.CheckRequest;
import io.demitasse.admin.v1.CheckResponse;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code demitasse image check}: whether all that is stored is what it was. */
@Command(
        name = "check",
        description = {
            "Compare every stored layer, manifest and config, byte by byte, with what it was when it"
                    + " was unpacked.",
            "",
            "Each layer's archive is put together again and its digest compared with the one in the"
                    + " image's config; modes, owners, links, attributes and files that do not belong"
                    + " there are looked at, too. The exit code is 1 if something is bad in the end.",
            ""
        })
final class CheckCommand implements Callable<Integer> {
    private static final int SHOWN_DIFFERENCES = 20;

    @Mixin private ListenOption listen = new ListenOption();

    @Option(
            names = "--repair",
            description =
                    "Get what is bad again from where it came. Layers that containers use are left"
                            + " alone.")
    private boolean repair;

    @Option(names = "--verbose", description = "Also tell about what is good.")
    private boolean verbose;

    @Override
    public Integer call() throws IOException {
        var counts = new EnumMap<CheckResponse.Verdict, Integer>(CheckResponse.Verdict.class);
        try (var connection = listen.connect()) {
            var request = CheckRequest.newBuilder().setRepair(repair).build();
            var results = AdminGrpc.newBlockingStub(connection.channel()).check(request);
            while (results.hasNext()) {
                var result = results.next();
                counts.merge(result.getVerdict(), 1, Integer::sum);
                print(result);
            }
        }
        System.out.println(summary(counts));
        return counts.containsKey(CheckResponse.Verdict.BAD) ? 1 : 0;
    }

    private void print(CheckResponse result) {
        if (result.getVerdict() == CheckResponse.Verdict.GOOD && !verbose) {
            return;
        }
        System.out.println(
                word(result.getVerdict())
                        + " "
                        + result.getWhat()
                        + " of "
                        + String.join(", ", result.getNamesList()));
        result.getDifferencesList().stream()
                .limit(SHOWN_DIFFERENCES)
                .forEach(each ->
                        System.out.println(
                                "  "
                                        + (each.getPath().isEmpty() ? "it" : each.getPath())
                                        + " "
                                        + each.getWhat()));
        int more = result.getDifferencesCount() - SHOWN_DIFFERENCES;
        if (more > 0) {
            System.out.println("  and " + more + " more");
        }
        if (!result.getNote().isEmpty()) {
            System.out.println("  " + result.getNote());
        }
    }

    private static String summary(Map<CheckResponse.Verdict, Integer> counts) {
        return "%d good, %d bad, %d repaired, %d unknown"
                .formatted(
                        counts.getOrDefault(CheckResponse.Verdict.GOOD, 0),
                        counts.getOrDefault(CheckResponse.Verdict.BAD, 0),
                        counts.getOrDefault(CheckResponse.Verdict.REPAIRED, 0),
                        counts.getOrDefault(CheckResponse.Verdict.UNKNOWN, 0));
    }

    private static String word(CheckResponse.Verdict verdict) {
        return verdict.name().toLowerCase(Locale.ROOT);
    }
}
