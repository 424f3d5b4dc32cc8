package io.demitasse.daemon.command;

import io.demitasse.admin.v1.AdminGrpc;
import io.demitasse.admin.v1.LogoutRequest;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code demitasse logout}: forgets what {@code login} has kept. */
@Command(name = "logout", description = "Make the daemon forget its credentials for a registry.")
final class LogoutCommand implements Callable<Integer> {
    @Mixin private ListenOption listen = new ListenOption();

    @Parameters(index = "0", paramLabel = "REGISTRY", description = "Host, and port if it has one.")
    private String registry = "";

    @Override
    public Integer call() throws IOException {
        try (var connection = listen.connect()) {
            var request = LogoutRequest.newBuilder().setRegistry(registry).build();
            var answer = AdminGrpc.newBlockingStub(connection.channel()).logout(request);
            if (answer.getFile().isEmpty()) {
                System.err.println("demitasse: there are no credentials for " + registry);
                return 1;
            }
            System.out.println("removed from " + answer.getFile());
            return 0;
        }
    }
}
