package dev.collapsemonitor.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.data.SampleShape;
import dev.collapsemonitor.trainer.model.BatchNorm;
import dev.collapsemonitor.trainer.model.Mlp;
import dev.collapsemonitor.trainer.model.Training;
import dev.collapsemonitor.trainer.model.TrainingLoss;
import dev.collapsemonitor.trainer.optimizer.Decay;
import dev.collapsemonitor.trainer.optimizer.HeavyBall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointDirectoryTest {
    private static final Map<String, String> SETTINGS = Map.of("lr", "0.1", "seed", "1");

    @TempDir
    Path parent;

    private final MultiLayerNetwork network = new Mlp(List.of(3), BatchNorm.NONE)
            .build(
                    SampleShape.flat(2),
                    2,
                    new Training(TrainingLoss.CROSS_ENTROPY, new HeavyBall(0.1, 0.9), Decay.NONE, 1));
    private final List<String> said = new ArrayList<>();
    private CheckpointDirectory checkpoints;

    @BeforeEach
    void open() {
        checkpoints = new CheckpointDirectory(parent, "r1", SETTINGS);
    }

    @Test
    void shouldKeepTheNewestTwo() throws IOException {
        saveAfter(1, 2, 3);
        assertThat(files()).containsExactly("epoch-00000002.zip", "epoch-00000003.zip");
        assertThat(newest().epoch()).isEqualTo(3);
        assertThat(newest().step()).isEqualTo(30);
        assertThat(newest().network().params()).isEqualTo(network.params());
    }

    @Test
    void shouldFallBackToTheOneBeforeWhenTheNewestIsTruncated() throws IOException {
        saveAfter(1, 2);
        byte[] whole = Files.readAllBytes(file(2));
        for (int length : new int[] {0, 10, whole.length / 2, whole.length - 5}) {
            Files.write(file(2), Arrays.copyOf(whole, length));
            said.clear();
            assertThat(newest().epoch())
                    .as("%d bytes of %d", length, whole.length)
                    .isEqualTo(1);
            assertThat(said)
                    .singleElement()
                    .asString()
                    .contains(file(2) + " is damaged (")
                    .doesNotContain("\n");
        }
    }

    @Test
    void shouldNoticeAnyDamagedByteOfTheWeights() throws IOException {
        saveAfter(1, 2);
        byte[] whole = Files.readAllBytes(file(2));
        int weights = new String(whole, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("coefficients.bin");
        for (int offset = 30; offset < 80; offset += 7) {
            byte[] damaged = whole.clone();
            damaged[weights + offset] ^= 4;
            Files.write(file(2), damaged);
            assertThat(newest().epoch()).as("byte %d", weights + offset).isEqualTo(1);
        }
    }

    @Test
    void shouldHaveNoneWhenAllAreDamaged() throws IOException {
        saveAfter(1);
        Files.write(file(1), new byte[] {1, 2, 3});
        assertThat(checkpoints.newest(said::add)).isEmpty();
    }

    @Test
    void shouldNotTakeAnUnfinishedFileForACheckpoint() throws IOException {
        saveAfter(1);
        Files.copy(file(1), file(2).resolveSibling("epoch-00000002.zip" + AtomicFile.UNFINISHED));
        assertThat(newest().epoch()).isEqualTo(1);
    }

    @Test
    void shouldRefuseACheckpointOfOtherSettingsAndSayWhichDiffers() {
        saveAfter(1);
        CheckpointDirectory other = new CheckpointDirectory(parent, "r1", Map.of("lr", "0.2", "seed", "1"));
        assertThatThrownBy(() -> other.newest(said::add))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("was made with lr 0.1, not 0.2");
    }

    @Test
    void shouldRefuseToBeginAnewOverCheckpointsUntilTheyAreCleared() {
        checkpoints.requireEmpty();
        saveAfter(1);
        assertThatThrownBy(checkpoints::requireEmpty)
                .isInstanceOf(UserException.class)
                .hasMessageContaining("--resume");
        checkpoints.clear();
        checkpoints.requireEmpty();
    }

    @Test
    void shouldGiveEveryRunADirectoryOfItsOwnWhateverItsName() {
        assertThat(RunFileName.of("sgd-lr0.1,s=1")).isEqualTo("sgd-lr0.1,s=1");
        assertThat(List.of("..", "a b", "a_b", "a?b", "é".repeat(90), "é".repeat(91)))
                .extracting(RunFileName::of)
                .doesNotHaveDuplicates()
                .allMatch(name -> name.length() < 120 && name.matches("[\\w=+,@-][\\w.=+,@-]*"));
    }

    private void saveAfter(int... epochs) {
        for (int epoch : epochs) {
            network.setEpochCount(epoch);
            network.setIterationCount(10 * epoch);
            checkpoints.save(network);
        }
    }

    private Checkpoint newest() {
        return checkpoints.newest(said::add).orElseThrow();
    }

    private Path file(int epoch) {
        return checkpoints.directory().resolve(String.format("epoch-%08d.zip", epoch));
    }

    private List<String> files() throws IOException {
        try (var files = Files.list(checkpoints.directory())) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
