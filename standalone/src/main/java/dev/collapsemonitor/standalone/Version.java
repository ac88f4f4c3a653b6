package dev.collapsemonitor.standalone;

import picocli.CommandLine.IVersionProvider;

/** The version of this build, from the jar's manifest. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Collapse.class.getPackage().getImplementationVersion();
        return new String[] {
            "collapse " + (version == null ? "(not from a jar)" : version) + " on Java " + Runtime.version()
        };
    }
}
