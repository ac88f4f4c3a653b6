package dev.collapsemonitor.standalone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import dev.collapsemonitor.monitor.testing.Browser;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page in front of a real stream. */
class PageIT {
    private static final String RUN = "<img src=x onerror=alert(1)>";

    @TempDir
    private Path directory;

    @Test
    void aRunAppearsAndItsCurvesGrowWhileItTrains() {
        try (Browser browser = Browser.start();
                LiveMonitor live = LiveMonitor.start(directory)) {
            PlaywrightAssertions.setDefaultAssertionTimeout(LiveMonitor.PATIENCE.toMillis());
            Page page = browser.page(1280, 800, ColorScheme.LIGHT);
            page.navigate("http://127.0.0.1:" + live.httpPort() + "/");
            assertThat(page.locator(".empty")).containsText("No run yet");

            live.send(
                    Topic.RUNS,
                    Keys.run(RUN),
                    RunDescriptor.newBuilder()
                            .setRun(RUN)
                            .setExperiment("live")
                            .setAttempt(1)
                            .setClasses(MadeUpLayer.CLASSES)
                            .addLayers(MadeUpLayer.layer())
                            .setHeartbeatIntervalMs(600_000)
                            .build());
            train(live, 10);

            page.locator("table.fleet tbody a").click();
            assertThat(page.locator("h1")).hasText(RUN);
            Locator nc1 =
                    page.locator("figure:visible").filter(new Locator.FilterOptions().setHasText("NC1: variability"));
            page.getByLabel("Against").selectOption("step");
            nc1.locator("summary").click();
            assertThat(nc1.locator("tbody tr")).hasCount(1);
            for (int snapshots = 2; snapshots <= 4; snapshots++) {
                train(live, 10L * snapshots);
                assertThat(nc1.locator("tbody tr")).hasCount(snapshots);
            }
            assertThat(page.locator("figure:visible").filter(new Locator.FilterOptions().setHasText("Loss")))
                    .not()
                    .hasCount(0);
            assertThat(page.locator("img[src=x]")).hasCount(0);
            assertThat(browser.takeComplaints()).isEmpty();
        }
    }

    private static void train(LiveMonitor live, long step) {
        live.send(
                Topic.PROGRESS,
                Keys.run(RUN),
                Progress.newBuilder()
                        .setRun(RUN)
                        .setAttempt(1)
                        .setEvent(ProgressEvent.HEARTBEAT)
                        .setStep(step)
                        .setLoss(1.0 / step)
                        .build());
        live.publishMadeUp(RUN, 1, step);
    }
}
