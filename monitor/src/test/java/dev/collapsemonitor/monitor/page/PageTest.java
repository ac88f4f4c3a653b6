package dev.collapsemonitor.monitor.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.collapsemonitor.monitor.run.Run;
import dev.collapsemonitor.monitor.testing.Browser;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PageTest {
    private static final String HOSTILE = "<img src=x onerror=alert(1)>";
    private static Browser browser;

    private ServedRuns served;
    private Page page;

    @BeforeAll
    static void startBrowser() {
        PlaywrightAssertions.setDefaultAssertionTimeout(60_000);
        browser = Browser.start();
    }

    @AfterAll
    static void stopBrowser() {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void serve() {
        served = new ServedRuns();
        page = browser.page(1280, 800, ColorScheme.LIGHT);
    }

    @AfterEach
    void nothingWentWrong() {
        List<String> complaints = browser.takeComplaints();
        page.context().close();
        served.close();
        assertThat(complaints).isEmpty();
    }

    @Test
    void anEmptyFleetSaysHowToStartARunAndTheRunAppearsByItself() {
        open("");
        assertThat(page.locator(".empty")).containsText("./collapse train --bootstrap");

        served.addMadeUp("first", 3);

        assertThat(rows()).hasCount(1);
        assertThat(rows().first()).containsText("first");
    }

    @Test
    void aHostileNameIsTextInEveryView() {
        served.addMadeUp(HOSTILE, 3);
        served.addMadeUp("other", 3);
        open("");
        assertThat(page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName(HOSTILE)))
                .isVisible();
        rows().nth(0).getByRole(AriaRole.CHECKBOX).check();
        rows().nth(1).getByRole(AriaRole.CHECKBOX).check();
        page.locator("#compare").click();
        assertThat(panel("NC1").locator(".legend")).containsText(HOSTILE);
        page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName(HOSTILE))
                .click();
        assertThat(page.locator("h1")).hasText(HOSTILE);
        assertThat(panel("NC1")).isVisible();
        assertThat(page.locator("img[src=x]")).hasCount(0);
    }

    @Test
    void curvesOfARunGrowWhileItTrains() {
        served.addMadeUp("r", 2);
        open("#/run?name=r&x=step");
        panel("NC1")
                .getByText("Data", new Locator.GetByTextOptions().setExact(true))
                .click();
        assertThat(panel("NC1").locator("tbody tr")).hasCount(2);

        served.grow("r", 20);

        assertThat(panel("NC1").locator("tbody tr")).hasCount(3);
        assertThat(panel("NC1").locator("canvas"))
                .hasAttribute("aria-label", Pattern.compile(".*NC1 1.64 at step 20.*"));
    }

    @Test
    void aRunShowsItsForecastEventsAndReasons() {
        Run run = served.addRecorded("sgd", "sgd", "decay");
        served.event(run, 900, "WARMING_UP", "COLLAPSING", "NC1 falls");
        served.addMadeUp("r", 2);
        open("#/run?name=sgd");
        assertThat(page.locator(".forecast")).containsText("NC0 ends near");
        assertThat(panel("NC0: row sum").locator(".legend")).containsText("forecast");
        assertThat(page.locator("table.events tbody tr")).hasCount(1);
        assertThat(page.locator("table.events")).containsText("warming up →");

        page.evaluate("location.hash = '#/run?name=r'");

        assertThat(page.locator("main")).containsText("d < K - 1: there is no simplex ETF");
    }

    @Test
    void selectedRunsAreComparedOnTheSameAxes() {
        served.addRecorded("sgd", "sgd", "decay");
        served.addRecorded("adamw", "adamw", "decay");
        served.addMadeUp("apart", 2);
        open("#/?q=experiment:decay");
        assertThat(rows()).hasCount(2);
        rows().nth(0).getByRole(AriaRole.CHECKBOX).check();
        rows().nth(1).getByRole(AriaRole.CHECKBOX).check();
        assertThat(page.locator("#compare")).hasText("Compare 2 runs");
        page.locator("#compare").click();
        assertThat(panel("NC0, relative").locator(".legend button")).hasCount(2);
        assertThat(page.locator("main table").last()).containsText("optimizer");

        panel("NC0, relative")
                .getByText("Data", new Locator.GetByTextOptions().setExact(true))
                .click();
        assertThat(panel("NC0, relative").locator("thead th")).containsText(new String[] {"epoch", "adamw", "sgd"});

        open("#/compare?experiment=decay&x=step");
        assertThat(panel("NC1").locator(".legend button")).hasCount(2);
    }

    @Test
    void searchLooksAtExperimentPhaseStatusAndHyperparameters() {
        served.addRecorded("sgd", "sgd", "decay");
        served.addRecorded("adamw", "adamw", "decay");
        served.addMadeUp("made-up", 2);
        open("");
        assertThat(rows()).hasCount(3);
        for (List<String> query : List.of(
                List.of("coupling:decoupled", "adamw"),
                List.of("experiment:e seed=7", "made-up"),
                List.of("digits -adamw", "sgd"),
                List.of("phase:warming_up", "made-up"))) {
            page.locator("#search").fill(query.get(0));
            assertThat(rows()).hasCount(1);
            assertThat(rows()).containsText(query.get(1));
        }
        page.locator("#search").fill("nothing has this");
        assertThat(page.locator(".empty")).containsText("No run matches");
        assertThat(page).hasURL(Pattern.compile(".*q=nothing.*"));
    }

    @Test
    void columnsSortByKeyboard() {
        served.addMadeUp("young", 2);
        served.addMadeUp("old", 40);
        open("");
        assertThat(rows().first()).containsText("old");
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("NC1"))
                .focus();
        page.keyboard().press("Enter");
        assertThat(rows().first()).containsText("old");
        page.keyboard().press("Enter");
        assertThat(rows().first()).containsText("young");
        assertThat(page.locator("th[aria-sort=descending]")).hasText("NC1 ↓");
    }

    @Test
    void fiveHundredRunsAreAllThereAndAChangeOfOneTouchesItsRowAlone() {
        for (int i = 0; i < 500; i++) {
            served.addMadeUp("run-" + i, 20);
        }
        open("");
        assertThat(rows()).hasCount(500);
        assertThat(page.locator(".count")).hasText("500 runs");
        page.evaluate("""
                () => {
                  window.touched = new Set();
                  const row = (node) => (node.nodeType === 1 ? node : node.parentElement)?.closest('tbody tr');
                  new MutationObserver((changes) => changes.forEach((change) => {
                    window.touched.add(row(change.target)?.querySelector('a')?.textContent ?? change.target.nodeName);
                  })).observe(document.querySelector('table.fleet'),
                    { subtree: true, childList: true, characterData: true, attributes: true });
                }""");

        served.grow("run-250", 999);

        page.waitForFunction("() => window.touched.size > 0");
        assertThat(page.evaluate("() => [...window.touched]")).isEqualTo(List.of("run-250"));

        page.locator("#search").fill("run-499");
        assertThat(rows()).hasCount(1);
        page.locator("#search").fill("");
        assertThat(rows()).hasCount(500);
    }

    @Test
    void nothingIsWiderThanAPhone() {
        served.addMadeUp(HOSTILE.repeat(4) + "a-name-that-does-not-break-anywhere".repeat(2), 3);
        Run run = served.addRecorded("sgd", "sgd", "decay");
        served.event(run, 900, "WARMING_UP", "COLLAPSING", "NC1 falls over the last 8 snapshots");
        page.setViewportSize(360, 740);
        for (String hash : List.of("#/", "#/run?name=sgd", "#/compare?experiment=decay")) {
            open(hash);
            assertThat(page.locator("main :is(tbody tr, canvas)").first()).isAttached();
            assertThat(page.evaluate("() => document.documentElement.scrollWidth"))
                    .as(hash)
                    .isEqualTo(360);
        }
    }

    @Test
    void aMonitorThatIsGoneIsSaidAndWhatWasShownStays() {
        served.addMadeUp("r", 2);
        open("");
        assertThat(rows()).hasCount(1);

        page.route("**/api/**", route -> route.abort());

        assertThat(page.locator("#connection")).containsText("The monitor does not answer");
        assertThat(rows()).hasCount(1);
        page.unroute("**/api/**");
        assertThat(page.locator("#connection")).hasText("");
        // The browser itself reports each question that failed.
        assertThat(browser.takeComplaints()).allMatch(complaint -> complaint.contains("Failed to load resource"));
    }

    @Test
    void runsThatAnotherMonitorKeepsBackAreSaidToBeMissing() {
        served.addMadeUp("r", 2);
        page.route(
                "**/api/fleet",
                route -> route.fulfill(new Route.FulfillOptions()
                        .setResponse(route.fetch())
                        .setHeaders(Map.of(
                                "Content-Type", "application/json", "Collapse-Unreachable", "http://monitor-2:8080"))));
        open("");
        assertThat(page.locator("#connection"))
                .hasText("Runs are missing: no answer from the monitor at http://monitor-2:8080.");
        assertThat(rows()).hasCount(1);
    }

    @Test
    void whatOneCannotSeeHasANameARoleAndATable() {
        served.addRecorded("sgd", "sgd", "decay");
        open("#/run?name=sgd");
        assertThat(panel("NC1").locator("canvas")).hasAttribute("role", "img");
        assertThat(panel("NC1").locator("canvas"))
                .hasAttribute("aria-label", Pattern.compile("NC1: variability. .*Data."));
        page.getByLabel("Against").selectOption("step");
        assertThat(page).hasURL(Pattern.compile(".*x=step.*"));
        assertThat(panel("NC1").locator("canvas")).hasAttribute("aria-label", Pattern.compile(".*at step 8000.*"));
        open("");
        assertThat(page.getByRole(AriaRole.CHECKBOX, new Page.GetByRoleOptions().setName("Compare sgd")))
                .isVisible();
        assertThat(page.getByRole(AriaRole.SEARCHBOX, new Page.GetByRoleOptions().setName("Search runs")))
                .isVisible();
        page.keyboard().press("Tab");
        assertThat(page.locator(":focus")).hasText("Skip to content");
        page.keyboard().press("Enter");
        assertThat(page.locator("main")).isFocused();
    }

    @Test
    void aHiddenPageAsksNothing() {
        served.addMadeUp("r", 2);
        page.clock().install();
        open("");
        assertThat(rows()).hasCount(1);
        page.evaluate("""
                () => {
                  window.away = true;
                  window.asked = 0;
                  Object.defineProperty(document, 'hidden', { get: () => window.away });
                  const ask = window.fetch;
                  window.fetch = (...of) => { window.asked += window.away ? 1 : 0; return ask(...of); };
                }""");
        served.addMadeUp("new", 2);
        page.clock().runFor(60_000);
        assertThat(page.evaluate("() => window.asked")).isEqualTo(0);

        page.evaluate("() => { window.away = false; document.dispatchEvent(new Event('visibilitychange')); }");

        assertThat(rows()).hasCount(2);
    }

    @Test
    void aRunThatIsNotThereIsSaid() {
        open("#/run?name=gone");
        assertThat(page.locator(".empty")).containsText("no run \"gone\"");
        assertThat(browser.takeComplaints()).allMatch(complaint -> complaint.contains("404"));
    }

    private void open(String hash) {
        page.navigate("about:blank");
        page.navigate(served.url() + hash);
    }

    private Locator rows() {
        return page.locator("table.fleet tbody tr");
    }

    private Locator panel(String title) {
        return page.locator("figure:visible")
                .filter(new Locator.FilterOptions()
                        .setHas(page.locator("h3", new Page.LocatorOptions().setHasText(title))))
                .first();
    }
}
