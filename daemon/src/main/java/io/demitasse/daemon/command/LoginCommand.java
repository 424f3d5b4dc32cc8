package io.demitasse.daemon.command;

import io.demitasse.admin.v1.AdminGrpc;
import io.demitasse.admin.v1.LoginRequest;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code demitasse login}: credentials for the node itself. */
@Command(
        name = "login",
        description = {
            "Give the daemon a name and a password for a registry.",
            "",
            "They are first shown to the registry, then kept in the first file of registry.auth_file,"
                    + " in docker's format.",
            ""
        })
final class LoginCommand implements Callable<Integer> {
    @Mixin private ListenOption listen = new ListenOption();
    @Mixin private LoginOptions login = new LoginOptions();

    @Parameters(index = "0", paramLabel = "REGISTRY", description = "Host, and port if it has one.")
    private String registry = "";

    @Override
    public Integer call() throws IOException {
        if (login.username().isEmpty()) {
            throw new IOException("give the name with --username");
        }
        try (var connection = listen.connect()) {
            var request =
                    LoginRequest.newBuilder()
                            .setRegistry(registry)
                            .setUsername(login.username())
                            .setPassword(login.password())
                            .build();
            var answer = AdminGrpc.newBlockingStub(connection.channel()).login(request);
            System.out.println("kept in " + answer.getFile());
            if (!answer.getVerified()) {
                System.err.println(
                        "demitasse: "
                                + registry
                                + " asks nobody for a password, so it did not look");
            }
            return 0;
        }
    }
}
