package io.demitasse.storage.image;

import java.util.Optional;

/**
 * Who a process is to be, as {@code USER}, {@code UID}, {@code USER:GROUP} and so on have it.
 *
 * @param user root where the text says nothing
 * @param group none: the user's own
 */
public record UserSpecification(NumberOrName user, Optional<NumberOrName> group) {
    private static final NumberOrName ROOT = new NumberOrName.Id(0);

    /** {@return what a text of an image or of a request says} */
    public static UserSpecification parse(String text) {
        int colon = text.indexOf(':');
        var user = colon < 0 ? text : text.substring(0, colon);
        var group = colon < 0 ? "" : text.substring(colon + 1);
        return new UserSpecification(
                user.isEmpty() ? ROOT : NumberOrName.parse(user),
                group.isEmpty() ? Optional.empty() : Optional.of(NumberOrName.parse(group)));
    }

    /** {@return a user by number} */
    public static UserSpecification of(NumberOrName.Id user) {
        return new UserSpecification(user, Optional.empty());
    }

    /** {@return how many characters the names in it have} */
    int length() {
        return length(user) + group.map(UserSpecification::length).orElse(0);
    }

    private static int length(NumberOrName part) {
        return switch (part) {
            case NumberOrName.Id _ -> Integer.BYTES;
            case NumberOrName.Name(var text) -> text.length();
            case NumberOrName.OutOfRange(var text) -> text.length();
        };
    }
}
