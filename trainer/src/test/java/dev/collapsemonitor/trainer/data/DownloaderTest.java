package dev.collapsemonitor.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DownloaderTest {
    private static final String NAME = "data.gz";
    private static final Patience SHORT =
            new Patience(4, Duration.ofMillis(1), Duration.ofSeconds(10), Duration.ofSeconds(30));

    @TempDir
    Path directory;

    private final byte[] content = new byte[300_000];
    private final StringWriter progress = new StringWriter();
    private FileServer server;

    @BeforeEach
    void serve() throws IOException {
        new Random(1).nextBytes(content);
        server = new FileServer();
        server.put(NAME, content);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void shouldDownloadAFileShowProgressAndLeaveNothingElse() throws IOException {
        assertFetches();
        assertThat(server.requests()).containsExactly("all");
        assertThat(progress.toString()).contains(NAME, "100%", "292/292 KiB");
        try (Stream<Path> files = Files.list(directory.resolve("cache"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(NAME, NAME + ".lock");
        }
    }

    @Test
    void shouldNotAskForAFileThatIsThere() {
        assertFetches();
        assertFetches();
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void shouldFetchOnceWhatTwoRunsWantAtTheSameTime() throws InterruptedException, ExecutionException {
        ExecutorService runs = Executors.newFixedThreadPool(2);
        try {
            Callable<Path> run = () -> downloader(SHORT).fetch(remote(), cache());
            for (Future<Path> file : runs.invokeAll(List.of(run, run))) {
                assertThat(file.get()).hasBinaryContent(content);
            }
        } finally {
            runs.shutdownNow();
        }
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void shouldReplaceAFileThatIsCorrupt() throws IOException {
        assertFetches();
        byte[] damaged = content.clone();
        damaged[5]++;
        Files.write(target(), damaged);
        assertFetches();
        assertThat(server.requests()).containsExactly("all", "all");
        assertThat(progress.toString()).contains(target() + " is corrupt", Digests.sha256(content));
    }

    @Test
    void shouldResumeAfterTheConnectionBroke() {
        server.cut(2, 100_000, part());
        assertFetches();
        assertThat(server.requests()).containsExactly("all", "bytes=100000- if \"v1\"", "bytes=200000- if \"v1\"");
        assertThat(progress.toString()).contains("the connection broke", "trying again");
    }

    @Test
    void shouldResumeWhatAnEarlierProcessLeft() {
        server.cut(4, 60_000, part());
        assertFails(remote(), "the connection broke");
        assertThat(server.requests()).hasSize(SHORT.attempts());
        assertFetches();
        assertThat(server.requests().get(4)).isEqualTo("bytes=240000- if \"v1\"");
    }

    @Test
    void shouldStartAgainWhenTheServerKnowsNoRanges() {
        server.withoutRanges();
        server.cut(1, 100_000, part());
        assertFetches();
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void shouldStartAgainWhenTheFileChangedInBetween() throws IOException {
        leave(new byte[1000], "\"v0\"");
        assertFetches();
        assertThat(server.requests()).containsExactly("bytes=1000- if \"v0\"");
    }

    @Test
    void shouldNotTrustAWeakEtag() {
        server.etag("W/\"v1\"");
        server.cut(1, 100_000, part());
        assertFetches();
        assertThat(server.requests()).containsExactly("all", "bytes=100000-");
    }

    @Test
    void shouldStartAgainWhenWhatWasLeftDoesNotFit() throws IOException {
        leave(new byte[1000], "\"v1\"");
        assertFetches();
        assertThat(server.requests()).containsExactly("bytes=1000- if \"v1\"", "all");
        assertThat(progress.toString()).contains("does not fit");
    }

    @Test
    void shouldTakeAWholeFileThatWasLeftWithoutAsking() throws IOException {
        leave(content, "\"v1\"");
        assertFetches();
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void shouldRefuseAndDeleteAFileWithAnotherChecksum() {
        byte[] other = content.clone();
        other[0]++;
        server.put(NAME, other);
        assertFails(
                remote(),
                server.address(NAME).toString(),
                "expected 300000 bytes with SHA-256 " + Digests.sha256(content),
                "found 300000 with " + Digests.sha256(other),
                "--data-dir");
        assertThat(target()).doesNotExist();
        assertThat(part()).doesNotExist();
    }

    @Test
    void shouldRefuseAFileThatIsTooLongOrTooShort() {
        server.put(NAME, Arrays.copyOf(content, 300_001));
        assertFails(remote(), "more than the expected 300000 bytes");
        server.put(NAME, Arrays.copyOf(content, 10));
        assertFails(remote(), "cannot download " + NAME);
        server.put(NAME, content);
        assertFetches();
    }

    @Test
    void shouldNotRepeatWhatIsNotFound() {
        RemoteFile missing = new RemoteFile("none.gz", 1, "00", List.of(server.address("none.gz")));
        assertFails(missing, server.address("none.gz").toString(), "404", "200", "--data-dir");
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void shouldRepeatWhatTheServerCouldNotDoForAWhile() {
        server.refuse(3);
        assertFetches();
        assertThat(server.requests()).hasSize(4);
        assertThat(progress.toString()).contains("503");
    }

    @Test
    void shouldSayInOneLineThatThereIsNoConnection() throws IOException {
        URI nobody = nobody();
        assertFails(
                new RemoteFile(NAME, content.length, Digests.sha256(content), List.of(nobody)),
                nobody.toString(),
                "no connection",
                "--data-dir");
    }

    @Test
    void shouldSayInOneLineThatTheHostIsUnknown() {
        URI unknown = URI.create("http://mirror.invalid/data.gz");
        assertFails(
                new RemoteFile(NAME, content.length, Digests.sha256(content), List.of(unknown)),
                unknown.toString(),
                "no network?",
                "--data-dir");
    }

    @Test
    void shouldTurnToTheNextAddress() throws IOException {
        List<URI> addresses = List.of(nobody(), server.address("none.gz"), server.address(NAME));
        Path file = downloader(SHORT)
                .fetch(new RemoteFile(NAME, content.length, Digests.sha256(content), addresses), cache());
        assertThat(file).hasBinaryContent(content);
    }

    @Test
    void shouldGiveUpAConnectionThatBringsNothing() {
        server.stall();
        server.cut(1, 100_000, part());
        Patience impatient = new Patience(5, Duration.ofMillis(1), Duration.ofSeconds(10), Duration.ofMillis(500));
        assertThat(downloader(impatient).fetch(remote(), cache())).hasBinaryContent(content);
        assertThat(progress.toString()).contains("nothing came for 0.5 s");
        assertThat(server.requests()).hasSizeGreaterThan(1);
    }

    @Test
    void shouldSayThatTheCacheCannotBeWritten() throws IOException {
        Files.writeString(cache(), "a file, not a directory");
        assertFails(remote(), cache().toString(), "--cache-dir");
    }

    private void assertFetches() {
        assertThat(downloader(SHORT).fetch(remote(), cache()))
                .isEqualTo(target())
                .hasBinaryContent(content);
    }

    private void assertFails(RemoteFile file, String... parts) {
        assertThatThrownBy(() -> downloader(SHORT).fetch(file, cache()))
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll(parts)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    private Downloader downloader(Patience patience) {
        return new Downloader(patience, new PrintWriter(progress, true));
    }

    private RemoteFile remote() {
        return server.remote(NAME, content);
    }

    private Path cache() {
        return directory.resolve("cache");
    }

    private Path target() {
        return cache().resolve(NAME);
    }

    private Path part() {
        return cache().resolve(NAME + ".part");
    }

    /** As an earlier process would have. */
    private void leave(byte[] part, String etag) throws IOException {
        Files.createDirectories(cache());
        Files.write(part(), part);
        Files.writeString(cache().resolve(NAME + ".part.etag"), server.address(NAME) + "\n" + etag + "\n");
    }

    /** An address where nothing listens. */
    private static URI nobody() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return URI.create("http://localhost:" + socket.getLocalPort() + "/data.gz");
        }
    }
}
