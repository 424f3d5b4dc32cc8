package io.demitasse.storage.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The users and groups of an image, from its {@code /etc/passwd} and {@code /etc/group}.
 *
 * <p>Lines that do not parse are skipped, as the C library does. Immutable.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/passwd.5.html">passwd(5)</a>
 */
public final class UserDatabase {
    private final List<User> users;
    private final List<Group> groups;

    private record User(String name, int uid, int gid, String home) {}

    private record Group(String name, int gid, List<String> members) {}

    private UserDatabase(List<User> users, List<Group> groups) {
        this.users = users;
        this.groups = groups;
    }

    /** Parses the two files; one that the image does not have is empty. */
    public static UserDatabase of(byte[] passwd, byte[] group) {
        return new UserDatabase(
                lines(passwd).flatMap(line -> user(line).stream()).toList(),
                lines(group).flatMap(line -> group(line).stream()).toList());
    }

    private static Stream<String[]> lines(byte[] file) {
        // Bytes are kept one to one: a name may be in any encoding, and is only compared.
        return new String(file, ISO_8859_1).lines().map(line -> line.strip().split(":", -1));
    }

    private static Optional<User> user(String[] fields) {
        if (fields.length < 4 || fields[0].isEmpty()) {
            return Optional.empty();
        }
        var home = fields.length > 5 ? fields[5] : "";
        return id(fields[2])
                .flatMap(uid -> id(fields[3]).map(gid -> new User(fields[0], uid, gid, home)));
    }

    private static Optional<Group> group(String[] fields) {
        if (fields.length < 3 || fields[0].isEmpty()) {
            return Optional.empty();
        }
        var members = fields.length > 3 ? List.of(fields[3].split(",")) : List.<String>of();
        return id(fields[2]).map(gid -> new Group(fields[0], gid, members));
    }

    /** A number that runtimes agree to take: 0 to 2147483647. */
    private static Optional<Integer> id(String text) {
        if (text.isEmpty() || text.length() > 10 || !text.chars().allMatch(Character::isDigit)) {
            return Optional.empty();
        }
        long value = Long.parseLong(text);
        return value > Integer.MAX_VALUE ? Optional.empty() : Optional.of((int) value);
    }

    /**
     * {@return who {@code USER}, {@code UID}, {@code USER:GROUP} and so on is; empty is root}
     *
     * <p>A number without an entry is taken as it is, with group 0. A name that is a number is a
     * name first if there is one. Supplementary groups are those that list the user, also when a
     * group is given.
     */
    public UserIdentity resolve(String specification) throws UnknownUserException {
        int colon = specification.indexOf(':');
        var name = colon < 0 ? specification : specification.substring(0, colon);
        var identity = user(name.isEmpty() ? "0" : name);
        var group = colon < 0 ? "" : specification.substring(colon + 1);
        return group.isEmpty() ? identity : identity.withGroup(groupId(group));
    }

    /** {@return who a uid is; one without an entry has group 0 and no others} */
    public UserIdentity ofUid(int uid) {
        return find(user -> user.uid == uid)
                .map(this::identity)
                .orElseGet(() -> new UserIdentity(uid, 0, List.of()));
    }

    private UserIdentity user(String name) throws UnknownUserException {
        var named = find(user -> user.name.equals(latin1(name)));
        if (named.isPresent()) {
            return identity(named.get());
        }
        return ofUid(
                id(name).orElseThrow(() ->
                        new UnknownUserException("the image has no user \"" + name + "\"")));
    }

    private int groupId(String name) throws UnknownUserException {
        var wanted = latin1(name);
        for (var group : groups) {
            if (group.name.equals(wanted)) {
                return group.gid;
            }
        }
        return id(name).orElseThrow(
                        () -> new UnknownUserException("the image has no group \"" + name + "\""));
    }

    private UserIdentity identity(User user) {
        var memberships = new ArrayList<Integer>();
        for (var group : groups) {
            if (group.members.contains(user.name)) {
                memberships.add(group.gid);
            }
        }
        return new UserIdentity(user.uid, user.gid, memberships, utf8(user.home));
    }

    private Optional<User> find(Predicate<User> wanted) {
        return users.stream().filter(wanted).findFirst();
    }

    private static String utf8(String bytes) {
        return new String(bytes.getBytes(ISO_8859_1), java.nio.charset.StandardCharsets.UTF_8);
    }

    private static String latin1(String name) {
        return new String(name.getBytes(java.nio.charset.StandardCharsets.UTF_8), ISO_8859_1);
    }
}
