package dev.collapsemonitor.monitor.phase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.protocol.UserException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PhaseSettingsTest {
    @Test
    void nothingReplacedIsTheDefault() {
        assertThat(PhaseSettings.parse(Map.of())).isEqualTo(PhaseSettings.DEFAULT);
    }

    @Test
    void everySettingCanBeReplacedByItsNameAndReplacesNoOther() throws ReflectiveOperationException {
        for (RecordComponent component : PhaseSettings.class.getRecordComponents()) {
            String name = component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            String value = name.equals("window-span") ? "0.7" : "7";
            PhaseSettings settings = PhaseSettings.parse(Map.of(name, value));
            for (RecordComponent other : PhaseSettings.class.getRecordComponents()) {
                Number got = (Number) other.getAccessor().invoke(settings);
                Number want = other.getName().equals(component.getName())
                        ? Double.valueOf(value)
                        : (Number) other.getAccessor().invoke(PhaseSettings.DEFAULT);
                assertThat(got.doubleValue())
                        .as("%s after %s", other.getName(), name)
                        .isEqualTo(want.doubleValue());
            }
        }
        assertThat(Arrays.stream(PhaseSettings.class.getRecordComponents())).hasSize(14);
    }

    @ParameterizedTest
    @CsvSource({
        "nc9, 1, phase setting nc9 is unknown; use one of nc1",
        "nc1, small, 'phase setting nc1 is \"small\"; give a number'",
        "nc1, NaN, phase setting nc1 is NaN; give a number",
        "hysteresis, 0, phase setting hysteresis is 0; give 1 or more",
        "window, 2, phase setting window is 2; give 3 or more",
        "window-span, 2, phase setting window-span is 2.0; give a share from 0 to 1",
        "reversal, 1, phase setting reversal is 1.0; give a factor above 1"
    })
    void aMistakeIsOneLineWithItsRemedy(String name, String value, String line) {
        assertThatThrownBy(() -> PhaseSettings.parse(Map.of(name, value)))
                .isInstanceOf(UserException.class)
                .hasMessageStartingWith(line);
    }
}
