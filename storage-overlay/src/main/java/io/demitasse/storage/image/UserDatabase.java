package io.demitasse.storage.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The users and groups of an image, looked up in its {@code /etc/passwd} and {@code /etc/group}.
 *
 * <p>The files are read line by line and nothing of them is kept: an image decides how long they
 * are. Lines that do not parse are skipped, as the C library does.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/passwd.5.html">passwd(5)</a>
 */
public final class UserDatabase {
    /** More than any program expects; the kernel takes 65,536. */
    static final int MAX_GROUPS = 4096;

    private final Source source;

    /** Opens files of the image. */
    interface Source {
        /** {@return a file's contents from its beginning; one that is not there is empty} */
        InputStream open(String path) throws IOException;
    }

    private record User(String name, int uid, int gid, String home) {}

    private record Groups(OptionalInt wanted, List<Integer> memberships) {}

    UserDatabase(Source source) {
        this.source = source;
    }

    /** {@return a database of these two files} */
    static UserDatabase of(byte[] passwd, byte[] group) {
        return new UserDatabase(
                path -> new ByteArrayInputStream(path.equals("etc/passwd") ? passwd : group));
    }

    /**
     * {@return who is meant}
     *
     * <p>A number without an entry is taken as it is, with group 0. Supplementary groups are those
     * that list the user, also when a group is given.
     */
    public UserIdentity resolve(UserSpecification specification)
            throws UnknownUserException, IOException {
        var user = user(specification.user());
        var wanted = specification.group();
        var groups = groups(user.name, wanted);
        var identity = new UserIdentity(user.uid, user.gid, groups.memberships, utf8(user.home));
        return groups.wanted.isPresent() ? identity.withGroup(groups.wanted.getAsInt()) : identity;
    }

    private User user(NumberOrName wanted) throws UnknownUserException, IOException {
        return switch (wanted) {
            case NumberOrName.Id(int uid) ->
                    find(uid, "").orElseGet(() -> new User("", uid, 0, ""));
            case NumberOrName.Name(var name) ->
                    find(-1, latin1(name))
                            .orElseThrow(() -> unknown("the image has no user \"" + name + "\""));
            case NumberOrName.OutOfRange(var text) ->
                    throw unknown("uid " + NumberOrName.outOfRange(text));
        };
    }

    private Optional<User> find(int uid, String name) throws IOException {
        try (var file = new AccountFile(source.open("etc/passwd"))) {
            while (file.nextLine()) {
                var candidate = file.next();
                file.next();
                int number = id(file.next());
                boolean wanted = name.isEmpty() ? number == uid : candidate.equals(name);
                if (candidate.isEmpty() || !wanted) {
                    continue;
                }
                int gid = id(file.next());
                if (number >= 0 && gid >= 0) {
                    file.next();
                    return Optional.of(new User(candidate, number, gid, file.next()));
                }
            }
        }
        return Optional.empty();
    }

    private Groups groups(String member, Optional<NumberOrName> wanted)
            throws UnknownUserException, IOException {
        var found = wanted.isPresent() ? number(wanted.get()) : OptionalInt.empty();
        var name = wanted.isPresent() ? name(wanted.get()) : "";
        var memberships = new ArrayList<Integer>();
        if (member.isEmpty() && name.isEmpty()) {
            return new Groups(found, memberships);
        }
        try (var file = new AccountFile(source.open("etc/group"))) {
            while (file.nextLine()) {
                var candidate = file.next();
                file.next();
                int gid = id(file.next());
                if (candidate.isEmpty() || gid < 0) {
                    continue;
                }
                if (found.isEmpty() && candidate.equals(name)) {
                    found = OptionalInt.of(gid);
                }
                if (!member.isEmpty() && file.lists(member)) {
                    add(memberships, gid, member);
                }
            }
        }
        if (!name.isEmpty() && found.isEmpty()) {
            throw unknown("the image has no group \"" + utf8(name) + "\"");
        }
        return new Groups(found, memberships);
    }

    private static OptionalInt number(NumberOrName group) throws UnknownUserException {
        return switch (group) {
            case NumberOrName.Id(int gid) -> OptionalInt.of(gid);
            case NumberOrName.Name _ -> OptionalInt.empty();
            case NumberOrName.OutOfRange(var text) ->
                    throw unknown("gid " + NumberOrName.outOfRange(text));
        };
    }

    private static String name(NumberOrName group) {
        return group instanceof NumberOrName.Name(var text) ? latin1(text) : "";
    }

    private static void add(List<Integer> memberships, int gid, String member)
            throws UnknownUserException {
        if (memberships.size() == MAX_GROUPS) {
            throw unknown(
                    "user \"%s\" of the image is in more than %d groups"
                            .formatted(utf8(member), MAX_GROUPS));
        }
        memberships.add(gid);
    }

    /** {@return the id in a field, or a negative number where there is none} */
    private static int id(String field) {
        return NumberOrName.parse(field) instanceof NumberOrName.Id(int id) ? id : -1;
    }

    private static UnknownUserException unknown(String message) {
        return new UnknownUserException(message);
    }

    private static String utf8(String bytes) {
        return new String(bytes.getBytes(ISO_8859_1), UTF_8);
    }

    private static String latin1(String name) {
        return new String(name.getBytes(UTF_8), ISO_8859_1);
    }
}
