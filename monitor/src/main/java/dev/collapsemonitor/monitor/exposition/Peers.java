package dev.collapsemonitor.monitor.exposition;

import java.net.URI;
import java.util.List;

/** The other instances that share the work, as the group knows them now. */
public interface Peers {
    /** An instance that shares with nobody: what it does not have is nowhere. */
    Peers NONE = new Peers() {
        @Override
        public List<URI> others() {
            return List.of();
        }

        @Override
        public Owner ownerOf(String run) {
            return new Owner.Here();
        }
    };

    /** Where the others serve HTTP; empty, too, as long as the group has not said. */
    List<URI> others();

    /** Which instance keeps a run, or would if there were one of that name. */
    Owner ownerOf(String run);

    /** The instance that keeps a run. */
    sealed interface Owner {
        /** This one. */
        record Here() implements Owner {}

        /** Another one, and where it serves HTTP. */
        record Elsewhere(URI url) implements Owner {}

        /** The group is just dividing the work, or the owner told nobody its URL. */
        record Unknown() implements Owner {}
    }
}
