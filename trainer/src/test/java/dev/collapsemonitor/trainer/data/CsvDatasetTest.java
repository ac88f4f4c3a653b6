package dev.collapsemonitor.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.SharedData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CsvDatasetTest {
    private static final String ROWS = "1,10,0\n2,20,0\n3,30,1\n4,40,1\n";
    private static final CsvOptions RAW = CsvOptions.DEFAULTS.withScaling(FeatureScaling.NONE);

    @TempDir
    Path directory;

    @Test
    void shouldReadRowsWithTheLabelInTheLastColumn() throws IOException {
        Dataset dataset = load(ROWS, RAW);
        assertThat(dataset.name()).isEqualTo("data.csv");
        assertThat(dataset.shape()).isEqualTo(SampleShape.flat(2));
        assertThat(dataset.classNames()).containsExactly("0", "1");
        assertThat(rows(dataset)).containsExactlyInAnyOrder("1.0 10.0 0", "2.0 20.0 0", "3.0 30.0 1", "4.0 40.0 1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"kind", "2"})
    void shouldTakeTheLabelColumnByNameOrPosition(String column) throws IOException {
        Dataset dataset = load(
                "width,kind,height\n1,owl,10\n2,owl,20\n3,auk,30\n4,auk,40\n",
                RAW.withLabelColumn(LabelColumn.parse(column)));
        assertThat(dataset.classNames()).containsExactly("auk", "owl");
        assertThat(rows(dataset)).containsExactlyInAnyOrder("1.0 10.0 1", "2.0 20.0 1", "3.0 30.0 0", "4.0 40.0 0");
    }

    @Test
    void shouldOrderIntegersAsNumbers() throws IOException {
        Dataset dataset = load("5,10\n6,10\n7,-2\n8,-2\n9,3.0\n9,3\n", RAW);
        assertThat(dataset.classNames()).containsExactly("-2", "3", "10");
    }

    @Test
    void shouldReadCompressedFilesQuotesSpacesCarriageReturnsAndAByteOrderMark() throws IOException {
        Path file = directory.resolve("quoted.csv.gz");
        String text = "\uFEFFa, b ,label\r\n 1 ,2.5e1,\"x, y\"\r\n-2,.5,\"x, y\"\r\n\r\n3,4,z\r\n5,6,z\r\n";
        Files.write(file, Gzip.of(text.getBytes(StandardCharsets.UTF_8)));
        Dataset dataset =
                dataset(file, RAW.withLabelColumn(LabelColumn.parse("label"))).load();
        assertThat(dataset.classNames()).containsExactly("x, y", "z");
        assertThat(rows(dataset)).contains("1.0 25.0 0", "-2.0 0.5 0");
        assertThatThrownBy(() -> dataset(file, RAW.withLabelColumn(LabelColumn.parse("c")))
                        .load())
                .hasMessageContaining("no column c; its first line has a, b, label");
    }

    @Test
    void shouldSplitEveryClassInTheSameProportionAndTheSameWayForTheSameSeed() throws IOException {
        StringBuilder text = new StringBuilder();
        IntStream.range(0, 100)
                .forEach(i ->
                        text.append(i).append(",").append(i < 70 ? "a" : "b").append("\n"));
        Dataset dataset = load(text.toString(), RAW);
        assertThat(dataset.train().classCounts()).containsExactly(56, 24);
        assertThat(dataset.test().classCounts()).containsExactly(14, 6);
        assertThat(rows(dataset)).hasSize(100).doesNotHaveDuplicates();
        Path file = directory.resolve("data.csv");
        float[] first = dataset.test().features();
        assertThat(dataset(file, RAW).load().test().features()).isEqualTo(first);
        assertThat(dataset(file, RAW, 2).load().test().features()).isNotEqualTo(first);
        assertThat(dataset(file, RAW.withTestFraction(0.5)).load().test().classCounts())
                .containsExactly(35, 15);
    }

    @Test
    void shouldStandardiseWithTheConstantsOfTheTrainingSetAlone() throws IOException {
        Dataset raw = load("1,7,0\n2,7,0\n4,7,0\n3,7,1\n9,7,1\n8,7,1\n", RAW);
        Dataset scaled = dataset(directory.resolve("data.csv"), RAW.withScaling(FeatureScaling.STANDARDISE))
                .load();
        double[] train = column(raw.train());
        double mean = Arrays.stream(train).average().orElseThrow();
        double deviation = Math.sqrt(
                Arrays.stream(train).map(x -> (x - mean) * (x - mean)).average().orElseThrow());
        assertThat(column(scaled.train()))
                .containsExactly(
                        Arrays.stream(train).map(x -> (x - mean) / deviation).toArray(), within(1e-6));
        assertThat(column(scaled.test()))
                .containsExactly(
                        Arrays.stream(column(raw.test()))
                                .map(x -> (x - mean) / deviation)
                                .toArray(),
                        within(1e-6));
        assertThat(scaled.train().features()[1]).as("a constant column").isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1,2,0;3,0              | line 2|2 columns|3 are expected",
                "1,2,0;3,4,5,0          | line 2|4 columns|3 are expected",
                "1,2,0;;3,x,0           | line 3, column 2|'x' is not a number|finite number",
                "a,b,c;1,2,0;3,,0       | line 3, column 2 (b)|missing|finite number",
                "1,2,0;NaN,4,0          | line 2, column 1|missing|finite number",
                "1,2,0;3,4,             | line 2, column 3|missing|a label",
                "1,2,0;1e99,4,0         | line 2, column 1|'1e99'|float",
                "1,2,0.5;3,4,1          | line 1|0.5|neither an integer nor a name",
                "1,2,0;3,4,0            | data.csv|one class|label column",
                "1,2,0;3,4,0;5,6,1      | class 1|1 sample|2 or more",
                "a,b,c                  | data.csv|no rows|CSV",
                "1;2                    | line 1|one column|commas",
                "3,2,p,q;1,2,0;3,4,1    | data.csv|3 rows|2 are there",
                "2,2,p,q;1,2,0;3,4,2    | line 3|label 2|0 to 1",
                "2,2,p,q;1,2,0;3,4,q    | line 3|label q|0 to 1",
            })
    void shouldSayWhichLineAndWhatIsExpected(String text, String first, String second, String third)
            throws IOException {
        Path file = write(text.strip().replace(';', '\n') + "\n");
        assertFails(file, RAW, first.strip(), second, third.strip());
    }

    @Test
    void shouldCountLinesAsAnEditorDoes() throws IOException {
        // An empty line, a line end within quotes, and no line end after the last line.
        assertFails(write("a,b\n1,x\n\n2,\"y\nz\"\n3,x\n?,x"), RAW, "line 7, column 1 (a)", "missing");
    }

    @Test
    void shouldNameAPositionThatIsNotThere() throws IOException {
        assertFails(write(ROWS), RAW.withLabelColumn(LabelColumn.parse("4")), "no label column 4", "1 to 3");
        assertThatThrownBy(() -> LabelColumn.parse("0")).isInstanceOf(UserException.class);
        assertThatThrownBy(() -> RAW.withTestFraction(1)).isInstanceOf(UserException.class);
    }

    @Test
    void shouldTellTextThatIsNoTextAndGzipThatIsTruncated() throws IOException {
        Path binary = directory.resolve("binary.csv");
        Files.write(binary, new byte[] {'1', ',', (byte) 0xff, (byte) 0xfe, '\n'});
        assertFails(binary, RAW, "binary.csv", "UTF-8");
        Path compressed = directory.resolve("cut.csv.gz");
        byte[] sound = Gzip.of(ROWS.getBytes(StandardCharsets.UTF_8));
        Files.write(compressed, Arrays.copyOf(sound, sound.length - 9));
        assertFails(compressed, RAW, "cut.csv.gz", "truncated");
        assertFails(write("1,\"2,0\n3,4,1\n"), RAW, "data.csv", "line");
        assertFails(directory.resolve("none.csv"), RAW, "cannot read", "none.csv");
    }

    @Test
    void shouldReadDigitsAsPublished() {
        DataOptions options = DataOptions.defaults(1)
                .at(new DataLocation.Directory(SharedData.require("digits").getParent()));
        Dataset dataset = new DatasetCatalog().source("digits", options).load();
        assertThat(dataset.shape()).isEqualTo(new SampleShape(1, 8, 8));
        assertThat(dataset.classNames()).hasSize(10).startsWith("0").endsWith("9");
        assertThat(bothCounts(dataset)).containsExactly(178, 182, 177, 183, 181, 182, 181, 179, 174, 180);
        assertThat(dataset.test().classCounts()).containsExactly(36, 36, 35, 37, 36, 36, 36, 36, 35, 36);
        double sum = sum(dataset.train()) + sum(dataset.test());
        assertThat(16 * sum / (1797 * 64)).isCloseTo(4.884164579855314, within(1e-5));
        float largest = 0;
        for (float value : dataset.train().features()) {
            largest = Math.max(largest, value);
        }
        assertThat(largest).isEqualTo(1);
    }

    @Test
    void shouldReadIrisAsPublished() {
        DataOptions options = DataOptions.defaults(1)
                .at(new DataLocation.Directory(SharedData.require("iris")))
                .withCsv(RAW);
        Dataset dataset = new DatasetCatalog().source("iris", options).load();
        assertThat(dataset.shape()).isEqualTo(SampleShape.flat(4));
        assertThat(dataset.classNames()).containsExactly("setosa", "versicolor", "virginica");
        assertThat(dataset.train().classCounts()).containsOnly(40);
        assertThat(dataset.test().classCounts()).containsOnly(10);
        double[] means = {5.843333333, 3.057333333, 3.758, 1.199333333};
        for (int column = 0; column < means.length; column++) {
            assertThat((sum(dataset.train(), column) + sum(dataset.test(), column)) / 150)
                    .isCloseTo(means[column], within(1e-5));
        }
    }

    private Dataset load(String text, CsvOptions options) throws IOException {
        return dataset(write(text), options).load();
    }

    private Path write(String text) throws IOException {
        return Files.writeString(directory.resolve("data.csv"), text);
    }

    private static DataSource dataset(Path file, CsvOptions options) {
        return dataset(file, options, 1);
    }

    private static DataSource dataset(Path file, CsvOptions options, long seed) {
        return new CsvDataset("data.csv", file, options, Optional.empty(), FeatureScaling.STANDARDISE, seed);
    }

    private static void assertFails(Path file, CsvOptions options, String... parts) {
        assertThatThrownBy(() -> dataset(file, options).load())
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll(parts)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    /** Values and label of every sample of both sets. */
    private static String[] rows(Dataset dataset) {
        return Stream.of(dataset.train(), dataset.test())
                .flatMap(samples -> IntStream.range(0, samples.size()).mapToObj(i -> {
                    StringBuilder row = new StringBuilder();
                    for (int j = 0; j < samples.dimension(); j++) {
                        row.append(samples.features()[i * samples.dimension() + j])
                                .append(' ');
                    }
                    return row.append(samples.labels()[i]).toString();
                }))
                .toArray(String[]::new);
    }

    private static double[] column(Samples samples) {
        return IntStream.range(0, samples.size())
                .mapToDouble(i -> samples.features()[i * samples.dimension()])
                .toArray();
    }

    private static double sum(Samples samples) {
        return IntStream.range(0, samples.dimension())
                .mapToDouble(j -> sum(samples, j))
                .sum();
    }

    private static double sum(Samples samples, int column) {
        return IntStream.range(0, samples.size())
                .mapToDouble(i -> samples.features()[i * samples.dimension() + column])
                .sum();
    }

    private static long[] bothCounts(Dataset dataset) {
        long[] counts = dataset.train().classCounts();
        for (int k = 0; k < counts.length; k++) {
            counts[k] += dataset.test().classCounts()[k];
        }
        return counts;
    }
}
