package io.demitasse.daemon.runtime;

import com.google.protobuf.ByteString;
import io.demitasse.cri.v1.LinuxContainerSecurityContext;
import io.demitasse.cri.v1.SupplementalGroupsPolicy;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.record.v1.ProcessRecord;
import io.demitasse.storage.image.Image;
import io.demitasse.storage.image.ImageFiles;
import io.demitasse.storage.image.ImageStore;
import io.demitasse.storage.image.UnknownUserException;
import io.demitasse.storage.image.UserDatabase;
import io.demitasse.storage.image.UserIdentity;
import java.io.IOException;
import java.util.ArrayList;

/** Resolves who a container runs as: the request first, then the image. */
final class ContainerUsers {
    private static final ByteString HOME = ByteString.copyFromUtf8("HOME=");

    private final ImageFiles files;

    ContainerUsers(ImageStore images) {
        this.files = new ImageFiles(images);
    }

    /** Sets user and groups of a process, and HOME unless its environment has one already. */
    void resolve(LinuxContainerSecurityContext security, Image image, ProcessRecord.Builder process)
            throws RequestException, IOException {
        var identity = identity(security, image);
        process.setUid(identity.uid())
                .setGid(identity.gid())
                .addAllSupplementalGroups(identity.groups());
        if (process.getEnvironmentList().stream().noneMatch(each -> each.startsWith(HOME))) {
            process.addEnvironment(HOME.concat(ByteString.copyFromUtf8(identity.home())));
        }
    }

    private UserIdentity identity(LinuxContainerSecurityContext security, Image image)
            throws RequestException, IOException {
        var users = files.users(image);
        UserIdentity identity;
        try {
            identity = user(security, image, users);
        } catch (UnknownUserException unknown) {
            throw RequestException.invalid(unknown);
        }
        if (security.hasRunAsGroup()) {
            identity = identity.withGroup(id(security.getRunAsGroup().getValue(), "run_as_group"));
        }
        var groups = new ArrayList<Integer>();
        for (long group : security.getSupplementalGroupsList()) {
            groups.add(id(group, "supplemental_groups"));
        }
        return security.getSupplementalGroupsPolicy() == SupplementalGroupsPolicy.Strict
                ? identity.withOnlyGroups(groups)
                : identity.withMoreGroups(groups);
    }

    private static UserIdentity user(
            LinuxContainerSecurityContext security, Image image, UserDatabase users)
            throws RequestException, UnknownUserException {
        if (security.hasRunAsUser()) {
            return users.ofUid(id(security.getRunAsUser().getValue(), "run_as_user"));
        }
        return users.resolve(
                security.getRunAsUsername().isEmpty()
                        ? image.config().user()
                        : security.getRunAsUsername());
    }

    /** Ids of CRI are 64 bits wide, those of the kernel 32, and the last one means "none". */
    private static int id(long value, String field) throws RequestException {
        if (value < 0 || value >= 0xFFFF_FFFFL) {
            throw RequestException.invalid("%s %d is not between 0 and 4294967294", field, value);
        }
        return (int) value;
    }
}
