package io.demitasse.storage.registry;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;

/** Debian's tinyproxy on a loopback port, with a hosts file of its own. */
public final class TinyProxy implements AutoCloseable {
    /** A name of this machine that only the proxy knows. */
    public static final String KNOWN_HOST = "registry.test";

    private final Process process;
    private final Path log;
    private final int port;

    private TinyProxy(Process process, Path log, int port) {
        this.process = process;
        this.log = log;
        this.port = port;
    }

    public static boolean isInstalled() {
        return Files.isExecutable(Path.of("/usr/bin/tinyproxy"));
    }

    /** With more of its configuration. */
    public static TinyProxy start(Path directory, String more) throws IOException {
        int port;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        var log = directory.resolve("log");
        var configuration =
                Files.writeString(
                        directory.resolve("configuration"),
                        """
                        Listen 127.0.0.1
                        Port %d
                        Timeout 60
                        MaxClients 20
                        LogLevel Connect
                        %s
                        """
                                .formatted(port, more));
        var hosts = Files.writeString(directory.resolve("hosts"), "127.0.0.1 " + KNOWN_HOST + "\n");
        // In a mount namespace of its own, so that the name stays its own.
        var process =
                new ProcessBuilder(
                                "unshare",
                                "--mount",
                                "sh",
                                "-c",
                                "mount --bind \"$0\" /etc/hosts && exec tinyproxy -d -c \"$1\"",
                                hosts.toString(),
                                configuration.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        var proxy = new TinyProxy(process, log, port);
        proxy.awaitPort();
        return proxy;
    }

    private void awaitPort() throws IOException {
        while (true) {
            try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException notYet) {
                if (!process.isAlive()) {
                    throw new IOException("tinyproxy ended at once: " + log(), notYet);
                }
            }
        }
    }

    public String address() {
        return "http://127.0.0.1:" + port;
    }

    /** {@return what it was asked} */
    public String log() throws IOException {
        return Files.readString(log);
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
