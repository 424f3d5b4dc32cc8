package io.demitasse.storage.registry;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.stream.Stream;

/** The node's resolver, and a name that whoever owns a domain could have as well. */
public final class NamesOfTests extends InetAddressResolverProvider {
    /** Has an address that everybody reaches, and one that the node alone is served at. */
    static final String BOTH = "both.test";

    @Override
    public InetAddressResolver get(Configuration configuration) {
        var node = configuration.builtinResolver();
        return new InetAddressResolver() {
            @Override
            public Stream<InetAddress> lookupByName(String host, LookupPolicy policy)
                    throws UnknownHostException {
                return host.equals(BOTH)
                        ? Stream.of("192.0.2.1", "169.254.1.1").map(InetAddress::ofLiteral)
                        : node.lookupByName(host, policy);
            }

            @Override
            public String lookupByAddress(byte[] address) throws UnknownHostException {
                return node.lookupByAddress(address);
            }
        };
    }

    @Override
    public String name() {
        return "names of tests";
    }
}
