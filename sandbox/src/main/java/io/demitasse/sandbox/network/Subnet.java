package io.demitasse.sandbox.network;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** A range of addresses, {@code 10.88.0.0/16}. */
public record Subnet(InetAddress network, int prefixLength) {
    public Subnet {
        int bits = network.getAddress().length * Byte.SIZE;
        if (prefixLength < 0 || prefixLength > bits) {
            throw new IllegalArgumentException(
                    "prefix length " + prefixLength + " of " + network.getHostAddress());
        }
        network = masked(network, prefixLength);
    }

    /** Reads {@code ADDRESS/LENGTH}; bits beyond the length are dropped. */
    public static Subnet parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("\"" + text + "\" is not ADDRESS/LENGTH");
        }
        try {
            // ofLiteral: a name in a configuration file must not become a question to DNS
            return new Subnet(
                    InetAddress.ofLiteral(text.substring(0, slash)),
                    Integer.parseInt(text, slash + 1, text.length(), 10));
        } catch (IllegalArgumentException malformed) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not ADDRESS/LENGTH: " + malformed.getMessage(), malformed);
        }
    }

    /** {@return how many addresses there are, at most 2^31} */
    public long size() {
        return 1L << Math.min(31, network.getAddress().length * Byte.SIZE - prefixLength);
    }

    /** {@return the address this far from the first} */
    public InetAddress address(long offset) {
        if (offset < 0 || offset >= size()) {
            throw new IllegalArgumentException("no address " + offset + " in " + this);
        }
        byte[] bytes = network.getAddress();
        long carry = offset;
        for (int i = bytes.length - 1; i >= 0 && carry != 0; i--) {
            carry += bytes[i] & 0xff;
            bytes[i] = (byte) carry;
            carry >>>= Byte.SIZE;
        }
        return of(bytes);
    }

    /** {@return whether the address is one of these} */
    public boolean contains(InetAddress address) {
        return address.getAddress().length == network.getAddress().length
                && masked(address, prefixLength).equals(network);
    }

    /** {@return how far the address is from the first} */
    public long offset(InetAddress address) {
        if (!contains(address)) {
            throw new IllegalArgumentException(address.getHostAddress() + " is not in " + this);
        }
        byte[] bytes = address.getAddress();
        byte[] first = network.getAddress();
        long offset = 0;
        for (int i = 0; i < bytes.length; i++) {
            offset = offset << Byte.SIZE | ((bytes[i] & 0xff) - (first[i] & 0xff));
        }
        return offset;
    }

    @Override
    public String toString() {
        return network.getHostAddress() + "/" + prefixLength;
    }

    private static InetAddress masked(InetAddress address, int prefixLength) {
        byte[] bytes = address.getAddress();
        for (int i = 0; i < bytes.length; i++) {
            int kept = Math.clamp(prefixLength - (long) i * Byte.SIZE, 0, Byte.SIZE);
            bytes[i] &= (byte) (0xff << (Byte.SIZE - kept));
        }
        return of(bytes);
    }

    private static InetAddress of(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException impossible) {
            throw new AssertionError("the length came from an address", impossible);
        }
    }
}
