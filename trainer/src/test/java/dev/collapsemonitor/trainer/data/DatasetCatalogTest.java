package dev.collapsemonitor.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.SharedData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetCatalogTest {
    private static final Patience SHORT =
            new Patience(2, Duration.ofMillis(1), Duration.ofSeconds(10), Duration.ofSeconds(30));
    private static final DataOptions OPTIONS = DataOptions.defaults(1);

    @TempDir
    Path directory;

    @Test
    void shouldDrawTheBuiltInSetInTheSizeAskedFor() {
        DatasetCatalog catalog = new DatasetCatalog();
        Dataset dataset = catalog.source("strokes", OPTIONS.withStrokes(OptionalInt.of(120), OptionalInt.of(30)))
                .load();
        assertThat(dataset.train().size()).isEqualTo(120);
        assertThat(dataset.test().size()).isEqualTo(30);
        assertThatThrownBy(() -> catalog.source("strokes", OPTIONS.withStrokes(OptionalInt.of(9), OptionalInt.empty())))
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("9 training", "10 or more");
    }

    @Test
    void shouldListTheKnownNamesForAnUnknownOne() {
        assertFails("svhn", OPTIONS, "svhn", "strokes, mnist, fashion-mnist, cifar-10, digits, iris, csv:FILE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"mnist", "fashion-mnist", "cifar-10"})
    void shouldSayBothRemediesWhenItIsNotSaidWhereTheFilesAre(String name) {
        assertFails(name, OPTIONS, name, "--data-dir", "--download");
    }

    @ParameterizedTest
    @ValueSource(strings = {"digits", "iris"})
    void shouldSayThatSomeSetsCannotBeDownloaded(String name) {
        assertFails(name, OPTIONS, name, "--data-dir");
        assertFails(name, OPTIONS.at(new DataLocation.Download(directory)), name, "--data-dir", "cannot be downloaded");
    }

    @ParameterizedTest
    @ValueSource(strings = {"mnist", "fashion-mnist", "cifar-10", "digits", "iris"})
    void shouldNameADirectoryThatIsNotThereOrHasNoFiles(String name) {
        DatasetCatalog catalog = new DatasetCatalog();
        for (Path place : List.of(directory.resolve("none"), directory)) {
            DataSource source = catalog.source(name, OPTIONS.at(new DataLocation.Directory(place)));
            assertThatThrownBy(source::load)
                    .isInstanceOf(UserException.class)
                    .hasMessageContainingAll(name, place.toString(), "--data-dir");
        }
    }

    @Test
    void shouldTakeDirectoryOrDownloadButNotBoth() {
        Path cache = directory.resolve("cache");
        assertThat(DataLocation.of(Optional.of(directory), false, Optional.empty()))
                .isEqualTo(new DataLocation.Directory(directory));
        assertThat(DataLocation.of(Optional.empty(), true, Optional.of(cache)))
                .isEqualTo(new DataLocation.Download(cache));
        assertThat(DataLocation.of(Optional.empty(), false, Optional.of(cache)))
                .isEqualTo(new DataLocation.Unspecified());
        assertThatThrownBy(() -> DataLocation.of(Optional.of(directory), true, Optional.empty()))
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("--data-dir", "--download", "--cache-dir");
    }

    @Test
    void shouldKeepDownloadsInTheUsersCacheDirectory() {
        Path xdg = directory.resolve("xdg").toAbsolutePath();
        assertThat(CacheDirectory.usual(Map.of("XDG_CACHE_HOME", xdg.toString()), "home"))
                .isEqualTo(xdg.resolve("collapse-monitor"));
        Path home = Path.of("home", ".cache", "collapse-monitor");
        assertThat(CacheDirectory.usual(Map.of(), "home")).isEqualTo(home);
        assertThat(CacheDirectory.usual(Map.of("XDG_CACHE_HOME", "relative"), "home"))
                .isEqualTo(home);
    }

    @Test
    void shouldReadAnyCsvFile() throws IOException {
        Path file = Files.writeString(directory.resolve("pets.csv"), "cat,1\ncat,2\ndog,3\ndog,4\n");
        DataOptions options = OPTIONS.withCsv(CsvOptions.DEFAULTS.withLabelColumn(LabelColumn.parse("1")));
        Dataset dataset = new DatasetCatalog().source("csv:" + file, options).load();
        assertThat(dataset.name()).isEqualTo("pets.csv");
        assertThat(dataset.classNames()).containsExactly("cat", "dog");
        assertFails("csv:" + directory.resolve("none.csv"), options, "none.csv");
        assertFails("csv:" + file, options.at(new DataLocation.Download(directory)), "local file", "--download");
        DataOptions inDirectory = options.at(new DataLocation.Directory(directory));
        assertThat(new DatasetCatalog()
                        .source("csv:pets.csv", inDirectory)
                        .load()
                        .classes())
                .isEqualTo(2);
    }

    @Test
    void shouldDownloadMnistOnceAndThenReadItFromTheCache() throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("train-images-idx3-ubyte.gz", Gzip.of(idx(2051, 3, 12)));
        files.put("train-labels-idx1-ubyte.gz", Gzip.of(idx(2049, 3, 3)));
        files.put("t10k-images-idx3-ubyte.gz", Gzip.of(idx(2051, 2, 8)));
        files.put("t10k-labels-idx1-ubyte.gz", Gzip.of(idx(2049, 2, 2)));
        DataSource source;
        try (FileServer server = new FileServer()) {
            source = served(server, "mnist", files);
            assertThat(source.load().train().labels()).containsExactly(0, 1, 2);
            assertThat(source.load().test().labels()).containsExactly(0, 1);
            assertThat(server.requests()).hasSize(4);
        }
        assertThat(source.load().train().size()).as("without a server").isEqualTo(3);
        Files.delete(directory.resolve("mnist/t10k-labels-idx1-ubyte.gz"));
        assertThatThrownBy(source::load)
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("t10k-labels-idx1-ubyte.gz", "no connection", "--data-dir");
    }

    @Test
    void shouldUnpackTheArchiveOfCifar() throws IOException {
        try (FileServer server = new FileServer()) {
            DataSource source = served(server, "cifar-10", Map.of("cifar-10-binary.tar.gz", archive(5)));
            Dataset dataset = source.load();
            assertThat(dataset.train().labels()).containsExactly(1, 2, 3, 4, 5);
            assertThat(dataset.test().labels()).containsExactly(9);
            assertThat(dataset.classNames()).containsExactly("a", "b", "c", "d", "e", "f", "g", "h", "i", "j");
            source.load();
            assertThat(server.requests()).hasSize(1);
        }
        assertThat(directory.resolve("evil.bin")).doesNotExist();
    }

    @Test
    void shouldNotKeepAnArchiveThatLacksFiles() throws IOException {
        try (FileServer server = new FileServer()) {
            DataSource source = served(server, "cifar-10", Map.of("cifar-10-binary.tar.gz", archive(4)));
            assertThatThrownBy(source::load)
                    .isInstanceOf(UserException.class)
                    .hasMessageContainingAll("cifar-10-binary.tar.gz", "6 of the 7 files", "--data-dir");
        }
        assertThat(directory.resolve("cifar-10")).isDirectoryNotContaining(Files::isDirectory);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mnist", "fashion-mnist"})
    void shouldExpectTheFilesThatAreReallyPublished(String name) throws IOException {
        Path published = SharedData.require(name);
        List<RemoteFile> files = RemoteFiles.published().of(name);
        assertThat(files).hasSize(4);
        for (RemoteFile file : files) {
            Path local = published.resolve(file.name());
            assertThat(Files.size(local)).isEqualTo(file.bytes());
            assertThat(Downloader.sha256(local)).isEqualTo(file.sha256());
            assertThat(file.addresses())
                    .isNotEmpty()
                    .allMatch(address -> address.getPath().endsWith("/" + file.name()));
        }
    }

    /** The data set of that name, downloaded from a server that has these files. */
    private DataSource served(FileServer server, String name, Map<String, byte[]> files) {
        files.forEach(server::put);
        List<RemoteFile> remote = files.entrySet().stream()
                .map(file -> server.remote(file.getKey(), file.getValue()))
                .toList();
        return new DatasetCatalog(new RemoteFiles(Map.of(name, remote)), SHORT)
                .source(name, OPTIONS.at(new DataLocation.Download(directory)));
    }

    private static void assertFails(String name, DataOptions options, String... parts) {
        assertThatThrownBy(() -> new DatasetCatalog().source(name, options))
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll(parts)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    private static byte[] idx(int magic, int count, int bytes) {
        boolean images = magic == 2051;
        ByteBuffer buffer = ByteBuffer.allocate((images ? 16 : 8) + bytes);
        buffer.putInt(magic).putInt(count);
        if (images) {
            buffer.putInt(2).putInt(2);
        }
        for (int i = 0; i < bytes; i++) {
            buffer.put((byte) i);
        }
        return buffer.array();
    }

    /** As published, with one record a batch, and a file that must not be written. */
    private static byte[] archive(int trainBatches) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            for (int i = 1; i <= trainBatches; i++) {
                add(tar, "cifar-10-batches-bin/data_batch_" + i + ".bin", CifarDatasetTest.records(i));
            }
            add(tar, "cifar-10-batches-bin/test_batch.bin", CifarDatasetTest.records(9));
            add(
                    tar,
                    "cifar-10-batches-bin/batches.meta.txt",
                    "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n".getBytes(StandardCharsets.UTF_8));
            add(tar, "../../evil.bin", new byte[1]);
        }
        return Gzip.of(bytes.toByteArray());
    }

    private static void add(TarArchiveOutputStream tar, String name, byte[] content) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }
}
