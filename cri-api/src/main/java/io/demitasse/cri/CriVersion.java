package io.demitasse.cri;

/** What a runtime says in {@code VersionResponse} about the protocol it speaks. */
public final class CriVersion {
    /** The version of the kubelet's runtime API; has been this since before CRI had a package. */
    public static final String KUBELET_API = "0.1.0";

    /** The version of CRI; clients look for exactly this. */
    public static final String API = "v1";

    private CriVersion() {}
}
