package io.demitasse.daemon.image;

import io.demitasse.admin.v1.CheckRequest;
import io.demitasse.admin.v1.CheckResponse;
import io.demitasse.admin.v1.Difference;
import io.demitasse.daemon.call.StreamedCalls;
import io.demitasse.daemon.call.StreamedCalls.Sink;
import io.demitasse.storage.image.ImageChecks;
import io.demitasse.storage.image.ImageChecks.Checked;
import io.demitasse.storage.image.ImageStore;
import java.io.IOException;
import java.lang.System.Logger.Level;

/** Compares what is stored with what it is supposed to be. */
public final class Check implements StreamedCalls.Work<CheckRequest, CheckResponse> {
    private static final System.Logger LOGGER = System.getLogger(Check.class.getName());

    private final ImageChecks checks;

    /** Checks the images of this store. */
    public Check(ImageStore images) {
        this.checks = new ImageChecks(images);
    }

    @Override
    public void run(CheckRequest request, Sink<CheckResponse> sink) throws IOException {
        checks.run(
                request.getRepair(),
                checked -> {
                    log(checked);
                    try {
                        sink.send(message(checked));
                    } catch (InterruptedException gone) {
                        Thread.currentThread().interrupt(); // which ends the check
                    }
                });
    }

    private static void log(Checked checked) {
        switch (checked.verdict()) {
            case GOOD, UNKNOWN -> {}
            case BAD, REPAIRED ->
                    LOGGER.log(
                            Level.WARNING,
                            "check: {0} of {1} is {2}, {3} differences",
                            checked.what(),
                            checked.names(),
                            checked.verdict(),
                            checked.differences().size());
        }
    }

    private static CheckResponse message(Checked checked) {
        var message =
                CheckResponse.newBuilder()
                        .setWhat(checked.what())
                        .addAllNames(checked.names())
                        .setVerdict(verdict(checked.verdict()))
                        .setNote(checked.note());
        for (var each : checked.differences()) {
            message.addDifferences(
                    Difference.newBuilder().setPath(each.path()).setWhat(each.what()));
        }
        return message.build();
    }

    private static CheckResponse.Verdict verdict(ImageChecks.Verdict verdict) {
        return switch (verdict) {
            case GOOD -> CheckResponse.Verdict.GOOD;
            case UNKNOWN -> CheckResponse.Verdict.UNKNOWN;
            case BAD -> CheckResponse.Verdict.BAD;
            case REPAIRED -> CheckResponse.Verdict.REPAIRED;
        };
    }
}
