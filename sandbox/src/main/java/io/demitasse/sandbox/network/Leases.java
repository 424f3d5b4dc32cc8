package io.demitasse.sandbox.network;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which sandbox has which address: a file per address, named by it, containing the sandbox's id.
 *
 * <p>The directory is the truth, and creating a file exclusively is what reserves an address. The
 * maps save reading it. Addresses are handed out in a circle, so that one is reused as late as can
 * be: others still know its last owner.
 *
 * <p><b>Threads.</b> May be shared; the maps are guarded by this.
 */
final class Leases {
    /** The first address names the subnet, the second is the gateway's. */
    private static final int FIRST = 2;

    private final Path directory;
    private final Subnet subnet;
    private final Map<String, InetAddress> addresses = new HashMap<>();
    private final BitSet taken = new BitSet();
    private final int end;
    private int last = FIRST - 1;

    private Leases(Path directory, Subnet subnet) {
        this.directory = directory;
        this.subnet = subnet;
        end = (int) (subnet.size() - 1); // the last address is the broadcast address
    }

    /** Reads what earlier daemons leased. */
    static Leases open(Path directory, Subnet subnet) throws IOException {
        Files.createDirectories(directory);
        var leases = new Leases(directory, subnet);
        leases.load();
        return leases;
    }

    /** Leases the next free address. */
    InetAddress acquire(String sandboxId) throws IOException {
        while (true) {
            int offset = take();
            var address = subnet.address(offset);
            try {
                Files.writeString(
                        file(address),
                        sandboxId,
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.WRITE);
                remember(sandboxId, address);
                return address;
            } catch (FileAlreadyExistsException foreign) {
                // Not ours to hand out, and it stays taken in the map.
            } catch (IOException failed) {
                giveBack(offset);
                throw failed;
            }
        }
    }

    /** Frees the address of a sandbox, if it has one. */
    void release(String sandboxId) throws IOException {
        var address = of(sandboxId);
        if (address.isPresent()) {
            Files.deleteIfExists(file(address.get()));
            forget(sandboxId, address.get());
        }
    }

    synchronized Optional<InetAddress> of(String sandboxId) {
        return Optional.ofNullable(addresses.get(sandboxId));
    }

    synchronized Map<String, InetAddress> all() {
        return Map.copyOf(addresses);
    }

    /** Frees what no live sandbox has, and what never got an owner. */
    void collect(Set<String> live) throws IOException {
        try (var files = Files.newDirectoryStream(directory)) {
            for (var file : files) {
                if (addressOf(file).isPresent() && !live.contains(Files.readString(file).strip())) {
                    Files.delete(file);
                }
            }
        }
        load();
    }

    private synchronized void load() throws IOException {
        addresses.clear();
        taken.clear();
        var newest = FileTime.fromMillis(0);
        try (var files = Files.newDirectoryStream(directory)) {
            for (var file : files) {
                var address = addressOf(file);
                if (address.isEmpty()) {
                    continue; // no lease, whatever it is
                }
                addresses.put(Files.readString(file).strip(), address.get());
                if (!subnet.contains(address.get())) {
                    continue; // from before the subnet was changed
                }
                int offset = (int) subnet.offset(address.get());
                taken.set(offset);
                var written = Files.getLastModifiedTime(file);
                if (written.compareTo(newest) >= 0) {
                    newest = written;
                    last = offset;
                }
            }
        }
    }

    private static Optional<InetAddress> addressOf(Path file) {
        try {
            return Optional.of(InetAddress.ofLiteral(String.valueOf(file.getFileName())));
        } catch (IllegalArgumentException otherName) {
            return Optional.empty();
        }
    }

    private synchronized int take() throws AddressesExhaustedException {
        int offset = taken.nextClearBit(Math.max(last + 1, FIRST));
        if (offset >= end) {
            offset = taken.nextClearBit(FIRST);
        }
        if (offset >= end) {
            throw new AddressesExhaustedException(subnet, end - FIRST);
        }
        taken.set(offset);
        last = offset;
        return offset;
    }

    private synchronized void giveBack(int offset) {
        taken.clear(offset);
    }

    private synchronized void remember(String sandboxId, InetAddress address) {
        addresses.put(sandboxId, address);
    }

    private synchronized void forget(String sandboxId, InetAddress address) {
        addresses.remove(sandboxId);
        if (subnet.contains(address)) {
            taken.clear((int) subnet.offset(address));
        }
    }

    private Path file(InetAddress address) {
        return directory.resolve(address.getHostAddress());
    }
}
