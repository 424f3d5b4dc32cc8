package io.demitasse.storage.image;

import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * Who a process is.
 *
 * @param groups supplementary groups, sorted, the primary one among them
 * @param home the home directory, the root where the image names none
 */
public record UserIdentity(int uid, int gid, List<Integer> groups, String home) {
    private static final String ROOT = "/";

    /** Sorts the groups and adds the primary one. */
    public UserIdentity {
        var sorted = new TreeSet<>(groups);
        sorted.add(gid);
        groups = List.copyOf(sorted);
        home = home.startsWith(ROOT) && home.indexOf('\0') < 0 ? home : ROOT;
    }

    /** Somebody whom the image does not know. */
    public UserIdentity(int uid, int gid, List<Integer> groups) {
        this(uid, gid, groups, ROOT);
    }

    /** {@return this with another primary group; the old one is given up} */
    public UserIdentity withGroup(int other) {
        var rest = new TreeSet<>(groups);
        rest.remove(gid);
        return new UserIdentity(uid, other, List.copyOf(rest), home);
    }

    /** {@return this with more supplementary groups} */
    public UserIdentity withMoreGroups(Collection<Integer> more) {
        var all = new TreeSet<>(groups);
        all.addAll(more);
        return new UserIdentity(uid, gid, List.copyOf(all), home);
    }

    /** {@return this with just these supplementary groups, whatever the image says} */
    public UserIdentity withOnlyGroups(Collection<Integer> only) {
        return new UserIdentity(uid, gid, List.copyOf(only), home);
    }
}
