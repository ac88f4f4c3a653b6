package dev.collapsemonitor.trainer.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.protocol.TensorView;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.trainer.arrays.ArrayOptions;
import dev.collapsemonitor.trainer.arrays.LayerArrays;
import dev.collapsemonitor.trainer.arrays.NpyArray;
import dev.collapsemonitor.trainer.arrays.NpyWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class SavedRunTest {
    @TempDir
    Path directory;

    @BeforeEach
    void writeArrays() throws IOException {
        write("F.npy", new NpyWriter("<f8", "(4, 2)").reals(1, 2, 3, 4, 5, 6, 7, 8));
        write("Y.npy", new NpyWriter("<i8", "(4,)").integers(0, 1, 2, 2));
        write("Y3.npy", new NpyWriter("<i8", "(3,)").integers(0, 1, 2));
        write("negative.npy", new NpyWriter("<i8", "(4,)").integers(0, -1, 2, 2));
        write("W.npy", new NpyWriter("<f4", "(3, 2)").reals(1, 2, 3, 4, 5, 6));
        write("WT.npy", new NpyWriter("<f4", "(2, 3)").reals(1, 2, 3, 4, 5, 6));
        write("B.npy", new NpyWriter("<f8", "(3,)").reals(0.5, 0.25, 0.125));
        write("B2.npy", new NpyWriter("<f4", "(2,)").reals(1, 2));
        write("integers.npy", new NpyWriter("<i4", "(4, 2)").integers(1, 2, 3, 4, 5, 6, 7, 8));
    }

    @Test
    void shouldDescribeAFreshRun() {
        RunDescriptor descriptor =
                saved("fc", "--features F.npy --labels Y.npy --weights W.npy").descriptor(Optional.empty());
        assertThat(descriptor.getClasses()).isEqualTo(3);
        assertThat(descriptor.getAttempt()).isEqualTo(1);
        Layer layer = descriptor.getLayers(0);
        assertThat(layer.getClassifier()).isTrue();
        assertThat(layer.getFeatureDim()).isEqualTo(2);
        assertThat(layer.getWeightDimsList()).containsExactly(3L, 2L);
    }

    @Test
    void shouldAddASecondLayerAndLeaveAKnownOneUnchanged() {
        SavedRun first = saved("fc", "--features F.npy --labels Y.npy --weights W.npy");
        RunDescriptor one = first.descriptor(Optional.empty());
        RunDescriptor two = saved("fc0", "--weights WT.npy").descriptor(Optional.of(one));
        assertThat(two.getLayersList()).extracting(Layer::getName).containsExactly("fc", "fc0");
        assertThat(two.getLayers(1).getIndex()).isEqualTo(1);
        assertThat(two.getLayers(1).getClassifier()).isFalse();
        assertThat(first.descriptor(Optional.of(two))).isEqualTo(two);
    }

    @Test
    void shouldRefuseShapesThatContradictTheRun() {
        RunDescriptor known = saved("fc", "--weights W.npy").descriptor(Optional.empty());
        assertThatThrownBy(() -> saved("fc", "--weights WT.npy").descriptor(Optional.of(known)))
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("3 x 2", "2 x 3");
        RunDescriptor fourClasses = known.toBuilder().setClasses(4).build();
        assertThatThrownBy(() -> saved("fc", "--features F.npy --labels Y.npy").descriptor(Optional.of(fourClasses)))
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("4 classes", "3");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--labels Y.npy | --features",
                "--features F.npy | --labels",
                "--bias B.npy --features F.npy --labels Y.npy | --weights",
                "--features F.npy --labels Y3.npy | 4 rows",
                "--features F.npy --labels Y.npy --predictions Y3.npy | Y3.npy have 3",
                "--features F.npy --labels Y.npy --classes 2 | allow 0 to 1",
                "--features F.npy --labels Y.npy --classes 1 | from 2 to 10000",
                "--features F.npy --labels negative.npy | -1 in row 1",
                "--features F.npy --labels F.npy | one integer per row",
                "--features F.npy --labels Y.npy --weights WT.npy | transposed",
                "--features integers.npy --labels Y.npy | float32 or float64",
                "--weights W.npy --bias B2.npy | 3 outputs",
                "--weights W.npy --weight-decay -1 | -1.0 is no weight decay",
                "--weights W.npy --loss hinge | hinge",
                "--weights absent.npy | no file"
            })
    void shouldSayInOneLineWhatDoesNotFit(String options, String part) {
        assertThatThrownBy(() -> load(options))
                .isInstanceOf(UserException.class)
                .hasMessageContaining(part)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    @Test
    void shouldSendArraysInTheirOwnPrecision() {
        NpyArray features = NpyArray.open(directory.resolve("F.npy"));
        TensorView block = TensorView.of("features", new ArrayRows(features).tensor(1, 2));
        assertThat(block.isDouble()).isTrue();
        assertThat(block.rows()).isEqualTo(2);
        assertThat(block.toDoubles()).containsExactly(3, 4, 5, 6);
        NpyArray weights = NpyArray.open(directory.resolve("W.npy"));
        assertThat(TensorView.of("weights", new ArrayRows(weights).tensor(2, 1)).toDoubles())
                .containsExactly(5, 6);
        NpyArray bias = NpyArray.open(directory.resolve("B.npy"));
        TensorView row = TensorView.of("bias", new BiasRows(bias).tensor(0, 1));
        assertThat(row.rows()).isEqualTo(1);
        assertThat(row.toDoubles()).containsExactly(0.5, 0.25, 0.125);
    }

    private SavedRun saved(String layer, String options) {
        return new SavedRun("r1", "", layer, load(options));
    }

    private LayerArrays load(String options) {
        Holder holder = new Holder();
        String[] words = options.split(" ");
        for (int i = 0; i < words.length; i++) {
            if (words[i].endsWith(".npy")) {
                words[i] = directory.resolve(words[i]).toString();
            }
        }
        new CommandLine(holder).parseArgs(words);
        return holder.arrays.load();
    }

    private void write(String name, byte[] content) throws IOException {
        Files.write(directory.resolve(name), content);
    }

    @Command
    private static final class Holder {
        @Mixin
        private final ArrayOptions arrays = new ArrayOptions();
    }
}
