package dev.collapsemonitor.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.sun.management.ThreadMXBean;
import dev.collapsemonitor.protocol.v1.DataType;
import dev.collapsemonitor.protocol.v1.Tensor;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorTest {
    private static final float[] FLOATS = {1, -2.5f, 0, 0.5f, 65504, -0x1p-14f};

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "FLOAT16", "BFLOAT16"})
    void float32ValuesThatTheTypeHoldsComeBackAsTheyWere(DataType type) {
        float[] values = {1, -2.5f, 0, 0.5f, 256, -0x1p-14f};
        TensorView view = TensorView.of("t", TensorCodec.floats(values, 0, type, 2, 3));
        float[] back = new float[6];
        view.copyTo(0, back, 0, 6);

        assertThat(back).containsExactly(values);
        assertThat(view.rows()).isEqualTo(2);
        assertThat(view.columns()).isEqualTo(3);
        assertThat(view.elements()).isEqualTo(6);
        assertThat(view.isDouble()).isFalse();
        assertThat(view.toDoubles()).containsExactly(1, -2.5, 0, 0.5, 256, -0x1p-14);
    }

    @Test
    void float64ValuesComeBackToTheLastBit() {
        double[] values = {Math.PI, -Double.MIN_VALUE, Double.MAX_VALUE, 1 + Math.ulp(1.0)};
        TensorView view = TensorView.of("t", TensorCodec.doubles(values, 4, 1));

        assertThat(view.toDoubles()).containsExactly(values);
        assertThat(view.isDouble()).isTrue();
        assertThat(view.rows()).isEqualTo(4);
    }

    @Test
    void float64IsNeverReadAsFloat32() {
        TensorView view = TensorView.of("t", TensorCodec.doubles(new double[] {1}, 1));

        assertThatThrownBy(() -> view.copyTo(0, new float[1], 0, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a DOUBLE tensor cannot be read as float32 without loss");
    }

    @Test
    void payloadsAreLittleEndian() {
        assertThat(TensorCodec.floats(new float[] {1}, 1).getRawData().toByteArray())
                .containsExactly(0, 0, 0x80, 0x3f);
        assertThat(TensorCodec.doubles(new double[] {1}, 1).getRawData().toByteArray())
                .containsExactly(0, 0, 0, 0, 0, 0, 0xf0, 0x3f);
        assertThat(TensorCodec.floats(new float[] {1}, 0, DataType.FLOAT16, 1)
                        .getRawData()
                        .toByteArray())
                .containsExactly(0, 0x3c);
        assertThat(TensorCodec.floats(new float[] {1}, 0, DataType.BFLOAT16, 1)
                        .getRawData()
                        .toByteArray())
                .containsExactly(0x80, 0x3f);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "FLOAT16", "BFLOAT16", "DOUBLE"})
    void aRangeIsReadToWhereItBelongs(DataType type) {
        Tensor tensor = type == DataType.DOUBLE
                ? TensorCodec.doubles(new double[] {0, 1, 2, 3, 4, 5}, 2, 3)
                : TensorCodec.floats(new float[] {9, 0, 1, 2, 3, 4, 5}, 1, type, 2, 3);
        double[] target = {-1, -1, -1, -1};
        TensorView.of("t", tensor).copyTo(3, target, 1, 2);

        assertThat(target).containsExactly(-1, 3, 4, -1);
    }

    @Test
    void oneDimensionIsOneRow() {
        TensorView view = TensorView.of("t", TensorCodec.floats(FLOATS, 6));

        assertThat(view.rows()).isEqualTo(1);
        assertThat(view.columns()).isEqualTo(6);
    }

    @Test
    void dimensionsAfterTheFirstAreFlattenedIntoColumns() {
        TensorView view = TensorView.of("t", TensorCodec.floats(new float[2 * 3 * 2 * 5], 2, 3, 2, 5));

        assertThat(view.rows()).isEqualTo(2);
        assertThat(view.columns()).isEqualTo(30);
    }

    @Test
    void dimsThatOverflowAreRejected() {
        assertRejected(Reason.INVALID_TENSOR, "t: dims [2147483648, 2147483648] overflow 64 bits", 1L << 31, 1L << 31);
        assertRejected(
                Reason.INVALID_TENSOR, "t: dims [1, 9223372036854775807, 2] overflow 64 bits", 1, Long.MAX_VALUE, 2);
        // 2^32 elements of 2^30 rows: the product in 32 bits would be zero.
        assertRejected(
                Reason.INVALID_TENSOR,
                "t: dims [1073741824, 4] of FLOAT need 17179869184 bytes, but the payload has 24",
                1 << 30,
                4);
    }

    @Test
    void dimsThatAreNotPositiveAreRejected() {
        assertRejected(Reason.EMPTY, "t: a dimension is 0; all must be positive", 0, 6);
        assertRejected(Reason.EMPTY, "t: a dimension is 0; all must be positive", 6, 0);
        assertRejected(Reason.EMPTY, "t: a dimension is 0; all must be positive", 0);
        assertRejected(Reason.INVALID_TENSOR, "t: a dimension is -1; all must be positive", -6, -1);
        assertRejected(Reason.INVALID_TENSOR, "t: a dimension is -6; all must be positive", -6, 1);
        assertRejected(Reason.INVALID_TENSOR, "t: a dimension is -6; all must be positive", -6);
        assertRejected(Reason.INVALID_TENSOR, "t: the tensor has no dims");
    }

    @Test
    void aMillionDimsAreRejectedInAShortMessage() {
        assertRejected(
                Reason.INVALID_TENSOR,
                "t: the tensor has 1000000 dims; at most 8 are possible",
                LongStream.generate(() -> 1).limit(1_000_000).toArray());
    }

    @Test
    void aPayloadThatIsTooShortOrTooLongIsRejected() {
        assertRejected(Reason.INVALID_TENSOR, "t: dims [7] of FLOAT need 28 bytes, but the payload has 24", 7);
        assertRejected(Reason.INVALID_TENSOR, "t: dims [5] of FLOAT need 20 bytes, but the payload has 24", 5);
    }

    @Test
    void typesThatAreNotSaidOrNotKnownAreRejected() {
        Tensor tensor = TensorCodec.floats(FLOATS, 6);
        assertThatThrownBy(() -> TensorView.of(
                        "t", tensor.toBuilder().setDataTypeValue(7).build()))
                .hasMessage("t: tensor of data type UNRECOGNIZED; use FLOAT, DOUBLE, FLOAT16 or BFLOAT16")
                .extracting("reason")
                .isEqualTo(Reason.DATA_TYPE);
        assertThatThrownBy(() -> TensorView.of("t", Tensor.getDefaultInstance()))
                .hasMessageStartingWith("t: tensor of data type DATA_TYPE_UNDEFINED")
                .extracting("reason")
                .isEqualTo(Reason.DATA_TYPE);
    }

    @Test
    void readingATensorAllocatesNothingOfItsSize() {
        int columns = 1 << 20;
        Tensor tensor = TensorCodec.floats(new float[4 * columns], 4, columns);
        float[] row = new float[64];
        readCorner(tensor, row); // classes are loaded
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        readCorner(tensor, row);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(allocated).isLessThan(16 << 10);
    }

    @Test
    void writingNeedsNoMoreThanThePayload() {
        float[] values = new float[1 << 20];
        TensorCodec.floats(values, 1 << 20);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        TensorCodec.floats(values, 1 << 20);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(allocated).isBetween(4L << 20, (4L << 20) + (16 << 10));
    }

    private static void readCorner(Tensor tensor, float[] row) {
        TensorView view = TensorView.of("t", tensor);
        view.copyTo(view.elements() - row.length, row, 0, row.length);
    }

    private static void assertRejected(Reason reason, String message, long... dims) {
        Tensor tensor = Tensor.newBuilder()
                .setDataType(DataType.FLOAT)
                .addAllDims(Arrays.stream(dims).boxed().toList())
                .setRawData(ByteString.copyFrom(new byte[24]))
                .build();
        assertThatThrownBy(() -> TensorView.of("t", tensor))
                .isInstanceOf(InvalidRecordException.class)
                .hasMessage(message)
                .extracting("reason")
                .isEqualTo(reason);
    }
}
