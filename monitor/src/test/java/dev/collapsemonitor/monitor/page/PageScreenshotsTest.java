package dev.collapsemonitor.monitor.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.collapsemonitor.monitor.testing.Browser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Takes the README's pictures, of the recorded trainings. They go to {@code target/screenshots}, or to the directory that
 * the system property {@code collapse.screenshots} names.
 */
class PageScreenshotsTest {
    private static final Path DIRECTORY = Path.of(System.getProperty("collapse.screenshots", "target/screenshots"));

    /** Of a picture in a README, in bytes. */
    private static final int MOST = 150_000;

    @Test
    void fleetRunAndComparisonFitTheReadme() throws IOException {
        try (Browser browser = Browser.start();
                ServedRuns served = new ServedRuns()) {
            for (String run : new String[] {"sgd", "adam-coupled", "adamw", "no-decay"}) {
                served.addRecorded(run, run, "weight decay");
            }
            for (String run : new String[] {"no-batch-norm", "rate-drop", "resumed", "diverged"}) {
                served.addRecorded(run, run, "controls");
            }
            shoot(browser, served, "fleet", 1180, 530, ColorScheme.LIGHT, "#/", "tbody tr:nth-child(8)");
            shoot(browser, served, "run", 1180, 860, ColorScheme.LIGHT, "#/run?name=sgd", "figure canvas[aria-label]");
            shoot(
                    browser,
                    served,
                    "compare",
                    1180,
                    850,
                    ColorScheme.DARK,
                    "#/compare?run=sgd&run=adam-coupled&run=adamw",
                    "tbody tr:nth-child(3)");
            assertThat(browser.takeComplaints()).isEmpty();
        }
    }

    private static void shoot(
            Browser browser,
            ServedRuns served,
            String name,
            int width,
            int height,
            ColorScheme scheme,
            String hash,
            String complete)
            throws IOException {
        Page page = browser.page(width, height, scheme);
        page.navigate(served.url() + hash);
        page.locator(complete).first().waitFor();
        Path file = DIRECTORY.resolve("page-" + name + ".png");
        page.screenshot(new Page.ScreenshotOptions().setPath(file));
        assertThat(Files.size(file)).as(name).isBetween(10_000L, (long) MOST);
        page.context().close();
    }
}
