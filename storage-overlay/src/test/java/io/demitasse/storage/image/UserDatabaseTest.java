package io.demitasse.storage.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.junit.jupiter.api.Test;

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
                    """
                            .getBytes(UTF_8),
                    """
                    root:x:0:
                    audio:x:29:web,other
                    web:x:34:
                    video:x:44:root,web
                    broken
                    """
                            .getBytes(UTF_8));

    @Test
    void shouldResolveEveryForm() throws UnknownUserException {
        assertThat(database.resolve("")).isEqualTo(new UserIdentity(0, 0, List.of(0, 44), "/root"));
        assertThat(database.resolve("web"))
                .isEqualTo(new UserIdentity(33, 34, List.of(29, 34, 44)));
        assertThat(database.resolve("33")).isEqualTo(database.resolve("web"));
        assertThat(database.resolve("web:video"))
                .isEqualTo(new UserIdentity(33, 44, List.of(29, 44)));
        assertThat(database.resolve("1234")).isEqualTo(new UserIdentity(1234, 0, List.of(0)));
        assertThat(database.resolve("1234:5678"))
                .isEqualTo(new UserIdentity(1234, 5678, List.of(5678)));
        assertThat(database.resolve(":29"))
                .isEqualTo(new UserIdentity(0, 29, List.of(29, 44), "/root"));
        assertThat(database.resolve("4242").uid()).isEqualTo(7);
    }

    @Test
    void shouldKnowHomes() throws UnknownUserException {
        assertThat(database.resolve("0").home()).isEqualTo("/root");
        assertThat(database.resolve("wide:audio").home()).isEqualTo("/home/ü");
        assertThat(database.resolve("odd").home()).isEqualTo("/");
        assertThat(database.ofUid(4711).home()).isEqualTo("/");
    }

    @Test
    void shouldNameWhatIsUnknown() {
        assertThatExceptionOfType(UnknownUserException.class)
                .isThrownBy(() -> database.resolve("nobody"))
                .withMessage("the image has no user \"nobody\"");
        assertThatExceptionOfType(UnknownUserException.class)
                .isThrownBy(() -> database.resolve("web:none"))
                .withMessage("the image has no group \"none\"");
        assertThatExceptionOfType(UnknownUserException.class)
                .isThrownBy(() -> database.resolve("4294967295"));
    }

    @Test
    void shouldMergeGroups() throws UnknownUserException {
        var web = database.resolve("web");

        assertThat(web.withMoreGroups(List.of(1, 29)).groups()).containsExactly(1, 29, 34, 44);
        assertThat(web.withOnlyGroups(List.of(5)).groups()).containsExactly(5, 34);
        assertThat(UserDatabase.of(new byte[0], new byte[0]).ofUid(9))
                .isEqualTo(new UserIdentity(9, 0, List.of(0)));
    }
}
