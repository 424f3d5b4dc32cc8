package io.demitasse.daemon.runtime;

import com.google.protobuf.ByteString;
import io.demitasse.cri.v1.LinuxContainerSecurityContext;
import io.demitasse.cri.v1.SupplementalGroupsPolicy;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.record.v1.ProcessRecord;
import io.demitasse.storage.image.Image;
import io.demitasse.storage.image.ImageFiles;
import io.demitasse.storage.image.ImageStore;
import io.demitasse.storage.image.NumberOrName;
import io.demitasse.storage.image.UnknownUserException;
import io.demitasse.storage.image.UserIdentity;
import io.demitasse.storage.image.UserSpecification;
import java.io.IOException;
import java.util.ArrayList;

/** Resolves who a container runs as: the request first, then the image. */
final class ContainerUsers {
    /** NGROUPS_MAX. */
    private static final int MAX_GROUPS = 1 << 16;

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
        UserIdentity identity;
        try {
            identity = files.user(image, user(security, image));
        } catch (UnknownUserException unknown) {
            throw RequestException.invalid(unknown);
        }
        if (security.hasRunAsGroup()) {
            identity =
                    identity.withGroup(
                            id(security.getRunAsGroup().getValue(), "run_as_group").id());
        }
        if (security.getSupplementalGroupsCount() > MAX_GROUPS) {
            throw RequestException.invalid(
                    "%d supplemental_groups are more than the kernel's %d",
                    security.getSupplementalGroupsCount(), MAX_GROUPS);
        }
        var groups = new ArrayList<Integer>();
        for (long group : security.getSupplementalGroupsList()) {
            groups.add(id(group, "supplemental_groups").id());
        }
        return security.getSupplementalGroupsPolicy() == SupplementalGroupsPolicy.Strict
                ? identity.withOnlyGroups(groups)
                : identity.withMoreGroups(groups);
    }

    private static UserSpecification user(LinuxContainerSecurityContext security, Image image)
            throws RequestException {
        if (security.hasRunAsUser()) {
            return UserSpecification.of(id(security.getRunAsUser().getValue(), "run_as_user"));
        }
        return UserSpecification.parse(
                security.getRunAsUsername().isEmpty() ? image.user() : security.getRunAsUsername());
    }

    private static NumberOrName.Id id(long value, String field) throws RequestException {
        try {
            return NumberOrName.of(value);
        } catch (IllegalArgumentException outOfRange) {
            throw RequestException.invalid("%s %s", field, String.valueOf(outOfRange.getMessage()));
        }
    }
}
