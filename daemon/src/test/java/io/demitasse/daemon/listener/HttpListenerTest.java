package io.demitasse.daemon.listener;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On loopback, with real connections. */
@Timeout(60)
class HttpListenerTest {
    private static final String REQUEST = "GET /greet HTTP/1.1\r\n\r\n";
    private static final int FEW = 4;
    private static final int MORE = 20;
    private static final InetSocketAddress ANY_PORT =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @Test
    void shouldCloseTheOldestNewcomerWhenThereAreTooMany() throws Exception {
        assertThat(answerToTheOldestOfMore(FEW)).isEmpty();
        assertThat(answerToTheOldestOfMore(MORE + 1)).as("without the bound").contains("hello");
    }

    private static String answerToTheOldestOfMore(int bound) throws Exception {
        var sockets = new ArrayList<Socket>();
        try (var listener = HttpListener.start("test", ANY_PORT, greeter(false), bound)) {
            for (int i = 0; i < MORE; i++) {
                sockets.add(connect(listener));
            }
            // whoever comes last is served, whoever was there before
            assertThat(ask(listener, REQUEST)).contains("200 OK", "hello");
            assertThat(ask(sockets.getLast(), REQUEST)).contains("hello");
            return ask(sockets.getFirst(), REQUEST);
        } finally {
            for (var socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void shouldNotCloseWhoIsExpectedForNewcomers() throws Exception {
        try (var listener = HttpListener.start("test", ANY_PORT, greeter(true), FEW);
                var expected = connect(listener)) {
            expected.getOutputStream().write("GET /greet HTTP/1.1\r\n".getBytes(US_ASCII));
            assertThat(ask(listener, "GET /other HTTP/1.1\r\n\r\n")).contains("404");
            var crowd = new ArrayList<Socket>();
            for (int i = 0; i < MORE; i++) {
                crowd.add(connect(listener));
            }
            assertThat(crowd.getFirst().getInputStream().read()).isNegative();

            assertThat(ask(expected, "\r\n")).contains("hello");
            for (var each : crowd) {
                each.close();
            }
        }
    }

    @Test
    void shouldRefuseByTheRequestLineAlone() throws Exception {
        try (var listener = HttpListener.start("test", ANY_PORT, greeter(false))) {
            for (var request :
                    List.of(
                            "POST /greet/ HTTP/1.1\r\nContent-Length: 65000\r\n\r\nxxx",
                            "GET http://localhost/greet HTTP/1.1\r\n",
                            "GET //greet HTTP/1.1\r\n")) {
                assertThat(ask(listener, request)).as(request).contains("404 Not Found");
            }
            assertThat(ask(listener, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).contains("400");
            assertThat(ask(listener, "GET /greet\r\n")).contains("400");
            assertThat(ask(listener, "GET /" + "x".repeat(1_100))).contains("414");
        }
    }

    @Test
    void shouldCloseWhatIsNoRequestAfterTenSeconds() throws Exception {
        try (var listener = HttpListener.start("test", ANY_PORT, greeter(true));
                var silent = connect(listener);
                var slow = connect(listener)) {
            slow.getOutputStream().write("GET /greet HTTP/1.1\r\nX: ".getBytes(US_ASCII));

            assertThat(silent.getInputStream().read()).isNegative();
            assertThat(slow.getInputStream().read()).isNegative();
        }
    }

    private static Admission greeter(boolean isExpected) {
        return path ->
                path.equals("/greet")
                        ? Optional.of(new Admission.Guest(new Greeter(), isExpected))
                        : Optional.empty();
    }

    private static final class Greeter extends SimpleChannelInboundHandler<HttpObject> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
            if (part instanceof LastHttpContent) {
                LastAnswer.send(context, HttpResponseStatus.OK, "text/plain", "hello");
            }
        }
    }

    private static Socket connect(HttpListener listener) throws IOException {
        return new Socket(listener.address().getAddress(), listener.address().getPort());
    }

    private static String ask(HttpListener listener, String request) throws IOException {
        try (var socket = connect(listener)) {
            return ask(socket, request);
        }
    }

    /** {@return the answer; nothing from a connection that is closed} */
    private static String ask(Socket socket, String request) throws IOException {
        try {
            socket.getOutputStream().write(request.getBytes(US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), US_ASCII);
        } catch (SocketException closed) {
            return "";
        }
    }
}
