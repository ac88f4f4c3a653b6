package dev.collapsemonitor.trainer.data;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which files of which data sets can be downloaded: {@code datasets.json}. */
final class RemoteFiles {
    private static final String RESOURCE = "datasets.json";

    private final Map<String, List<RemoteFile>> byDataset;

    RemoteFiles(Map<String, List<RemoteFile>> byDataset) {
        this.byDataset = Map.copyOf(byDataset);
    }

    /** The public ones. */
    static RemoteFiles published() {
        try (InputStream input = RemoteFiles.class.getResourceAsStream(RESOURCE)) {
            Map<String, Entry> entries =
                    new ObjectMapper().readerForMapOf(Entry.class).readValue(input);
            Map<String, List<RemoteFile>> files = new HashMap<>();
            entries.forEach((name, entry) -> files.put(name, entry.remoteFiles()));
            return new RemoteFiles(files);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the resource " + RESOURCE, e);
        }
    }

    /** Files of a data set; none when it cannot be downloaded. */
    List<RemoteFile> of(String dataset) {
        return byDataset.getOrDefault(dataset, List.of());
    }

    record Entry(List<String> mirrors, List<File> files) {
        record File(String name, long bytes, String sha256) {}

        List<RemoteFile> remoteFiles() {
            return files.stream()
                    .map(file -> new RemoteFile(
                            file.name(),
                            file.bytes(),
                            file.sha256(),
                            mirrors.stream()
                                    .map(mirror -> URI.create(mirror + file.name()))
                                    .toList()))
                    .toList();
        }
    }
}
