package io.demitasse.daemon.command;

import io.demitasse.admin.v1.AdminGrpc;
import io.demitasse.admin.v1.TagRequest;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code demitasse tag}: one more name for an image. */
@Command(name = "tag", description = "Give an image one more name.")
final class TagCommand implements Callable<Integer> {
    @Mixin private ListenOption listen = new ListenOption();

    @Parameters(index = "0", paramLabel = "IMAGE", description = "Name, id or start of an id.")
    private String source = "";

    @Parameters(
            index = "1",
            paramLabel = "NAME",
            description = "The new name; an image that has it loses it.")
    private String name = "";

    @Override
    public Integer call() throws IOException {
        try (var connection = listen.connect()) {
            var request = TagRequest.newBuilder().setSource(source).setName(name).build();
            var answer = AdminGrpc.newBlockingStub(connection.channel()).tag(request);
            System.out.println(answer.getName());
            return 0;
        }
    }
}
