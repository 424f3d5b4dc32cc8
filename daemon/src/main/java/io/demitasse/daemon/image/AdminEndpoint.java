package io.demitasse.daemon.image;

import io.demitasse.admin.v1.AdminGrpc;
import io.demitasse.admin.v1.CheckRequest;
import io.demitasse.admin.v1.CheckResponse;
import io.demitasse.admin.v1.DumpThreadsRequest;
import io.demitasse.admin.v1.DumpThreadsResponse;
import io.demitasse.admin.v1.ExplainRequest;
import io.demitasse.admin.v1.ExplainResponse;
import io.demitasse.admin.v1.ListPullsRequest;
import io.demitasse.admin.v1.ListPullsResponse;
import io.demitasse.admin.v1.LoadPiece;
import io.demitasse.admin.v1.LoadRequest;
import io.demitasse.admin.v1.LoadResponse;
import io.demitasse.admin.v1.LoginRequest;
import io.demitasse.admin.v1.LoginResponse;
import io.demitasse.admin.v1.LogoutRequest;
import io.demitasse.admin.v1.LogoutResponse;
import io.demitasse.admin.v1.PushRequest;
import io.demitasse.admin.v1.PushResponse;
import io.demitasse.admin.v1.SaveRequest;
import io.demitasse.admin.v1.SaveResponse;
import io.demitasse.admin.v1.TagRequest;
import io.demitasse.admin.v1.TagResponse;
import io.demitasse.daemon.call.Calls;
import io.demitasse.daemon.call.ReceivedCalls;
import io.demitasse.daemon.call.StreamedCalls;
import io.demitasse.daemon.diagnosis.DumpThreads;
import io.grpc.stub.StreamObserver;

/** The admin service on the wire: every call goes to the handler of its name. */
public final class AdminEndpoint extends AdminGrpc.AdminImplBase {
    private final Handlers handlers;

    /** The calls: about images, and about the daemon itself. */
    public record Handlers(
            Load load,
            ListPulls pulls,
            Tag tag,
            Save save,
            Push push,
            Logins logins,
            Explain explain,
            Check check,
            DumpThreads threads) {}

    /** Delegates to these. */
    public AdminEndpoint(Handlers handlers) {
        this.handlers = handlers;
    }

    @Override
    public void load(LoadRequest request, StreamObserver<LoadResponse> answer) {
        Calls.unary(request, answer, handlers.load());
    }

    @Override
    public StreamObserver<LoadPiece> loadStream(StreamObserver<LoadResponse> answer) {
        return ReceivedCalls.begin(answer, handlers.load()::receive);
    }

    @Override
    public void listPulls(ListPullsRequest request, StreamObserver<ListPullsResponse> answer) {
        Calls.unary(request, answer, handlers.pulls());
    }

    @Override
    public void tag(TagRequest request, StreamObserver<TagResponse> answer) {
        Calls.unary(request, answer, handlers.tag());
    }

    @Override
    public void save(SaveRequest request, StreamObserver<SaveResponse> answer) {
        StreamedCalls.begin(request, answer, handlers.save());
    }

    @Override
    public void push(PushRequest request, StreamObserver<PushResponse> answer) {
        StreamedCalls.begin(request, answer, handlers.push());
    }

    @Override
    public void login(LoginRequest request, StreamObserver<LoginResponse> answer) {
        Calls.unary(request, answer, handlers.logins()::login);
    }

    @Override
    public void logout(LogoutRequest request, StreamObserver<LogoutResponse> answer) {
        Calls.unary(request, answer, handlers.logins()::logout);
    }

    @Override
    public void explain(ExplainRequest request, StreamObserver<ExplainResponse> answer) {
        Calls.unary(request, answer, handlers.explain());
    }

    @Override
    public void check(CheckRequest request, StreamObserver<CheckResponse> answer) {
        StreamedCalls.begin(request, answer, handlers.check());
    }

    @Override
    public void dumpThreads(
            DumpThreadsRequest request, StreamObserver<DumpThreadsResponse> answer) {
        Calls.unary(request, answer, handlers.threads());
    }
}
