package io.demitasse.storage.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserDatabaseTest {
    private final UserDatabase database =
            UserDatabase.of(
                    """
                    root:x:0:0:root:/root:/bin/sh
                    broken line
                    web:x:33:34::/:
                    big:x:99999999999:1::/:
                    4242:x:7:8::/:
                    odd:x:9:9::relative:
                    wide:x:10:10::/home/ü:/bin/sh
                    1000:x:0:0::/:/bin/sh
                    2147483648:x:0:0::/:/bin/sh
                    -1:x:0:0::/:/bin/sh
                    +5:x:0:0::/:/bin/sh
                    １:x:0:0::/:/bin/sh
                    digits:x:１:0::/:/bin/sh
                    """
                            .getBytes(UTF_8),
                    """
                    root:x:0:
                    audio:x:29:web,other
                    web:x:34:
                    video:x:44:root,web
                    50:x:0:
                    4294967296:x:0:
                    broken
                    """
                            .getBytes(UTF_8));

    private UserIdentity resolve(String text) throws UnknownUserException, IOException {
        return database.resolve(UserSpecification.parse(text));
    }

    @Test
    void shouldResolveEveryForm() throws Exception {
        assertThat(resolve("")).isEqualTo(new UserIdentity(0, 0, List.of(0, 44), "/root"));
        assertThat(resolve("web")).isEqualTo(new UserIdentity(33, 34, List.of(29, 34, 44)));
        assertThat(resolve("33")).isEqualTo(resolve("web"));
        assertThat(resolve("033")).isEqualTo(resolve("web"));
        assertThat(resolve("web:video")).isEqualTo(new UserIdentity(33, 44, List.of(29, 44)));
        assertThat(resolve("1234")).isEqualTo(new UserIdentity(1234, 0, List.of(0)));
        assertThat(resolve("1234:5678")).isEqualTo(new UserIdentity(1234, 5678, List.of(5678)));
        assertThat(resolve(":29")).isEqualTo(new UserIdentity(0, 29, List.of(29, 44), "/root"));
        assertThat(resolve("2147483647").uid()).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void shouldTakeANumberAsANumberWhoeverIsCalledSo() throws Exception {
        assertThat(resolve("1000")).isEqualTo(new UserIdentity(1000, 0, List.of(0)));
        assertThat(resolve("4242").uid()).isEqualTo(4242);
        assertThat(resolve("web:50").gid()).isEqualTo(50);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2147483648",
                "4294967295",
                "4294967296",
                "-1",
                "+5",
                "-0",
                "+0",
                "99999999999999999999"
            })
    void shouldRefuseANumberOutOfRangeWhoeverIsCalledSo(String number) {
        var sentence = " " + number + " is not between 0 and 2147483647";

        assertThatExceptionOfType(UnknownUserException.class)
                .isThrownBy(() -> resolve(number))
                .withMessage("uid" + sentence);
        assertThatExceptionOfType(UnknownUserException.class)
                .isThrownBy(() -> resolve("web:" + number))
                .withMessage("gid" + sentence);
    }

    @Test
    void shouldTakeDigitsOfOtherScriptsForNoNumber() throws Exception {
        assertThat(NumberOrName.parse("１")).isEqualTo(new NumberOrName.Name("１"));
        assertThat(NumberOrName.parse("٣")).isEqualTo(new NumberOrName.Name("٣"));
        assertThatExceptionOfType(UnknownUserException.class)
                .isThrownBy(() -> resolve("digits"))
                .withMessage("the image has no user \"digits\"");
    }

    @Test
    void shouldKnowHomes() throws Exception {
        assertThat(resolve("0").home()).isEqualTo("/root");
        assertThat(resolve("wide:audio").home()).isEqualTo("/home/ü");
        assertThat(resolve("odd").home()).isEqualTo("/");
        assertThat(resolve("4711").home()).isEqualTo("/");
        assertThat(new UserIdentity(1, 1, List.of(), "/a\0b").home()).isEqualTo("/");
    }

    @Test
    void shouldNameWhatIsUnknown() {
        assertThatExceptionOfType(UnknownUserException.class)
                .isThrownBy(() -> resolve("nobody"))
                .withMessage("the image has no user \"nobody\"");
        assertThatExceptionOfType(UnknownUserException.class)
                .isThrownBy(() -> resolve("web:none"))
                .withMessage("the image has no group \"none\"");
        assertThatExceptionOfType(UnknownUserException.class).isThrownBy(() -> resolve("big"));
        assertThatExceptionOfType(UnknownUserException.class).isThrownBy(() -> resolve("0:0:0"));
        assertThatExceptionOfType(UnknownUserException.class).isThrownBy(() -> resolve("web "));
    }

    @Test
    void shouldMergeGroups() throws Exception {
        var web = resolve("web");

        assertThat(web.withMoreGroups(List.of(1, 29)).groups()).containsExactly(1, 29, 34, 44);
        assertThat(web.withOnlyGroups(List.of(5)).groups()).containsExactly(5, 34);
        assertThat(UserDatabase.of(new byte[0], new byte[0]).resolve(UserSpecification.parse("9")))
                .isEqualTo(new UserIdentity(9, 0, List.of(0)));
    }

    /** As adduser of Windows, as nano, and as those leave it who forget the last newline. */
    @Test
    void shouldReadLinesHoweverTheyEnd() throws Exception {
        var odd =
                UserDatabase.of(
                        "\r\n  a:x:1:2:G, ECOS:/a\r\n\n#b:x\nb:x:3:4".getBytes(UTF_8),
                        "g:x:7:x,a\r\nh:x:8:a:later\ni:x:9:b,a".getBytes(UTF_8));

        assertThat(odd.resolve(UserSpecification.parse("a")))
                .isEqualTo(new UserIdentity(1, 2, List.of(7, 8, 9), "/a"));
        assertThat(odd.resolve(UserSpecification.parse("b:h")))
                .isEqualTo(new UserIdentity(3, 8, List.of(9)));
    }

    @Test
    void shouldFindWhoStandsBehindFieldsAndLinesOfAnyLength() throws Exception {
        var filler = "x".repeat(3 << 20);
        var database =
                UserDatabase.of(
                        (filler + ":x:1:1::/:\nf:x:" + filler + ":1\nlast:x:5:6:" + filler + ":/h")
                                .getBytes(UTF_8),
                        ("g:x:7:" + "other,".repeat(1 << 19) + "last").getBytes(UTF_8));

        assertThat(database.resolve(UserSpecification.parse("last")))
                .isEqualTo(new UserIdentity(5, 6, List.of(6, 7), "/h"));
    }

    @Test
    void shouldRefuseAUserOfGroupsWithoutEnd() {
        var group = new StringBuilder();
        for (int gid = 1; gid <= UserDatabase.MAX_GROUPS + 1; gid++) {
            group.append("g:x:").append(gid).append(":a\n");
        }
        var crowded =
                UserDatabase.of("a:x:1:1::/:".getBytes(UTF_8), group.toString().getBytes(UTF_8));

        assertThatExceptionOfType(UnknownUserException.class)
                .isThrownBy(() -> crowded.resolve(UserSpecification.parse("a")))
                .withMessage("user \"a\" of the image is in more than 4096 groups");
    }
}
