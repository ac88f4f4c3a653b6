package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.monitor.exposition.Peers;
import java.net.URI;
import java.util.Collection;
import java.util.List;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyQueryMetadata;
import org.apache.kafka.streams.StreamsMetadata;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.state.HostInfo;

/** The other instances by what each of them told the group ({@code application.server}). */
final class StreamPeers implements Peers {
    private final KafkaStreams streams;
    private final AdvertisedUrl own;
    private final HostInfo self;

    StreamPeers(KafkaStreams streams, AdvertisedUrl own) {
        this.streams = streams;
        this.own = own;
        self = HostInfo.buildFromEndpoint(own.hostAndPort());
    }

    @Override
    public List<URI> others() {
        return clients().stream()
                .map(StreamsMetadata::hostInfo)
                .filter(host -> !host.equals(self) && !host.equals(HostInfo.unavailable()))
                .distinct()
                .map(this::url)
                .sorted()
                .toList();
    }

    private Collection<StreamsMetadata> clients() {
        try {
            return streams.metadataForAllStreamsClients();
        } catch (StreamsException | IllegalStateException e) {
            return List.of(); // not started, or stopped
        }
    }

    /**
     * Records of a run are partitioned by the run's name alone, in the producer's way, whatever else is in their keys
     * ({@link RunPartitioner}); Streams finds the partition of a name in the same way.
     */
    @Override
    public Owner ownerOf(String run) {
        KeyQueryMetadata metadata;
        try {
            metadata = streams.queryMetadataForKey(MonitorTopology.RUN_STORE, run, new StringSerializer());
        } catch (StreamsException | IllegalStateException e) {
            return new Owner.Unknown();
        }
        HostInfo host = metadata.activeHost();
        if (metadata.equals(KeyQueryMetadata.NOT_AVAILABLE) || host.equals(HostInfo.unavailable())) {
            return new Owner.Unknown();
        }
        return host.equals(self) ? new Owner.Here() : new Owner.Elsewhere(url(host));
    }

    private URI url(HostInfo host) {
        return own.of(host.host(), host.port());
    }
}
