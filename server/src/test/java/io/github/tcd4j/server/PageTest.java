package io.github.tcd4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.server.engine.EngineSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.interactions.Actions;

/** What people do on the page, done by a browser without a window. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PageTest {
  private static Browser browser;
  private static Served served;

  @BeforeAll
  static void start() {
    browser = Browser.start();
    served = new Served(EngineSettings.USUAL, ServerSettings.USUAL);
  }

  @AfterAll
  static void end() {
    if (browser != null) {
      browser.close();
    }
    if (served != null) {
      served.close();
    }
  }

  @BeforeEach
  void openThePage() {
    browser.open(served.server.address());
  }

  @AfterEach
  void forgetAll() {
    served.server.engine().jobs().forEach(served.server.engine()::delete);
    browser.script("localStorage.clear()");
    List<String> tabs = List.copyOf(browser.driver.getWindowHandles());
    for (String tab : tabs.subList(1, tabs.size())) {
      browser.driver.switchTo().window(tab).close();
    }
    browser.driver.switchTo().window(tabs.get(0));
  }

  private static void describe(String prompt, int steps, String seed) {
    browser.fill("prompt", prompt);
    browser.fill("steps", Integer.toString(steps));
    browser.fill("seed", seed);
  }

  /** Seconds of work. */
  private static void describeLong() {
    describe("long", 900, "1");
    browser.fill("sampler", "ddim");
    browser.fill("count", "8");
  }

  private static void awaitImages(String css, int count) {
    browser.await(
        count + " images " + css,
        () ->
            Long.valueOf(count)
                .equals(
                    browser.script(
                        "return [...document.querySelectorAll(arguments[0])]"
                            + ".filter(i => i.complete && i.naturalWidth > 0).length",
                        css)));
  }

  private static void awaitStep() {
    browser.await("a step", () -> browser.text("state").matches("Step [1-9].*"));
  }

  private static void awaitIdle() {
    browser.await("nothing runs", () -> !browser.id("progress").isDisplayed());
  }

  private static JsonNode jobs() {
    return Served.json(served.get("/api/jobs")).get("jobs");
  }

  private static byte[] png(String json) throws Exception {
    JsonNode job = served.await(served.submit(json), "completed");
    return served.get(job.get("images").get(0).get("url").asText()).body();
  }

  private static void drop(byte[] png, String target) {
    browser.script(
        """
        const bytes = Uint8Array.from(atob(arguments[0]), c => c.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([bytes], "dropped.png", {type: "image/png"}));
        document.querySelector(arguments[1]).dispatchEvent(
          new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
        """,
        Base64.getEncoder().encodeToString(png),
        target);
  }

  @Test
  void controlAndEnterGenerateFromAnyFieldAndTheImageIsInTheHistory() {
    describe("a red cat", 2, "7");
    browser.fill("count", "2");
    browser.id("steps").sendKeys(Keys.chord(Keys.CONTROL, Keys.ENTER));

    awaitImages("#result img", 2);
    awaitImages("#history img", 2);
    assertThat(browser.first("#result img").getDomAttribute("alt")).isEqualTo("a red cat");
    assertThat(browser.text("history")).contains("a red cat", "seed 7", "seed 8", "2 steps");
    assertThat(browser.driver.switchTo().activeElement().getDomAttribute("id")).isEqualTo("steps");
    assertThat(jobs()).hasSize(1);
    assertThat(browser.driver.getTitle()).isEqualTo("tcd4j");
  }

  @Test
  void cancelEndsARunningJobWhichShowsItsProgressUntilThen() {
    describeLong();
    browser.id("generate").click();
    awaitStep();
    awaitImages("#result .preview img", 1);
    assertThat(browser.driver.getTitle()).contains("%");
    browser.id("cancel").click();
    awaitIdle();

    browser.await("the history", () -> browser.text("history").contains("cancelled"));
    assertThat(browser.id("cancel").isEnabled()).isFalse();
    assertThat(browser.count("#result .preview")).isZero();
    assertThat(jobs().get(0).get("state").asText()).isEqualTo("cancelled");
  }

  @Test
  void aPageThatIsLoadedAgainFindsTheRunningJobAndTheForm() {
    describeLong();
    browser.id("generate").click();
    awaitStep();
    browser.driver.navigate().refresh();
    browser.ready();
    awaitStep();

    assertThat(browser.value("prompt")).isEqualTo("long");
    assertThat(browser.value("sampler")).isEqualTo("ddim");
    browser.id("cancel").click();
    awaitIdle();
  }

  @Test
  void twoTabsShowTheSameJobAndEitherCancelsIt() {
    describeLong();
    browser.id("generate").click();
    awaitStep();
    String first = browser.driver.getWindowHandle();
    browser.driver.switchTo().newWindow(WindowType.TAB);
    browser.open(served.server.address());
    awaitStep();
    browser.id("cancel").click();
    awaitIdle();
    browser.await("the history", () -> browser.text("history").contains("cancelled"));
    browser.driver.switchTo().window(first);
    awaitIdle();

    browser.await("the history", () -> browser.text("history").contains("cancelled"));
  }

  @Test
  void anErrorIsASentenceAndItsFieldIsMarkedUntilTheNextOne() {
    describe("a", 2, "1");
    browser.fill("gamma", "2");
    browser.id("generate").click();
    browser.await("the error", () -> browser.id("error").isDisplayed());

    assertThat(browser.text("error")).contains("gamma must be in [0, 1]");
    assertThat(browser.id("gamma").getDomAttribute("aria-invalid")).isEqualTo("true");
    assertThat(browser.driver.switchTo().activeElement().getDomAttribute("id")).isEqualTo("gamma");
    browser.fill("gamma", "0.5");
    browser.id("generate").click();
    awaitImages("#result img", 1);
    assertThat(browser.id("error").isDisplayed()).isFalse();
    assertThat(browser.id("gamma").getDomAttribute("aria-invalid")).isNull();
  }

  @Test
  void wordsWhereANumberIsExpectedAreReportedAndNotLeftOut() {
    describe("a", 2, "1");
    browser.fill("gamma", "much");
    browser.id("generate").click();

    browser.await("the error", () -> browser.text("error").contains("gamma"));
    assertThat(jobs()).isEmpty();
  }

  @Test
  void anImageFromAFileAndAMaskDrawnOnItAreWhereTheNextOneStarts(@TempDir Path folder)
      throws Exception {
    Path file = folder.resolve("start.png");
    Files.write(file, png("{\"prompt\": \"start\", \"seed\": 3, \"steps\": 1}"));
    browser.id("image").sendKeys(file.toString());
    browser.await("the canvas", () -> browser.id("canvas").isDisplayed());
    describe("next", 2, "5");
    browser.fill("strength", "0.5");
    browser.id("generate").click();
    awaitImages("#result img", 1);
    assertThat(jobs().get(0).get("request").get("strength").asDouble()).isEqualTo(0.5);

    browser.id("strength").clear();
    WebElement canvas = browser.id("canvas");
    new Actions(browser.driver)
        .moveToElement(canvas, -20, 0)
        .clickAndHold()
        .moveByOffset(40, 5)
        .release()
        .perform();
    browser.id("generate").click();
    browser.await("the second", () -> jobs().size() == 3);
    awaitIdle();
    // Without a mask it would be 0.75.
    assertThat(jobs().get(0).get("request").get("strength").asDouble()).isEqualTo(1);

    browser.id("image-remove").click();
    browser.id("generate").click();
    browser.await("the third", () -> jobs().size() == 4);
    assertThat(jobs().get(0).get("request").has("strength")).isFalse();
  }

  @Test
  void whatIsNoImageIsRefusedOnThePage(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("words.png"), "words");
    browser.id("image").sendKeys(file.toString());
    browser.await("the error", () -> browser.text("error").contains("no image"));
    browser.id("picture").sendKeys(file.toString());

    browser.await("the error", () -> browser.text("error").contains("not a PNG"));
  }

  @Test
  void aDroppedImageGivesAllItsSettingsAlsoThoseWithoutAFieldAndTheSameBytes() throws Exception {
    byte[] png =
        png(
            "{\"prompt\": \"dropped\", \"seed\": 18446744073709551615, \"timesteps\": [900, 400],"
                + " \"gamma\": [0.75, 0], \"clip_skip\": 1, \"loras\": [{\"name\": \"tcd\","
                + " \"weight\": 0.5}]}");
    drop(png, "#past");
    browser.await("the form", () -> browser.value("prompt").equals("dropped"));

    assertThat(browser.value("seed")).isEqualTo("18446744073709551615");
    assertThat(browser.value("gamma")).isEqualTo("0.75, 0");
    assertThat(browser.first("#lora-list [type=checkbox]").isSelected()).isTrue();
    assertThat(browser.first("#lora-list [type=number]").getDomProperty("value")).isEqualTo("0.5");
    assertThat(browser.text("further")).contains("timesteps 900, 400", "clip_skip 1");
    browser.id("generate").click();
    browser.await("a second job", () -> jobs().size() == 2);
    awaitIdle();
    JsonNode again = served.await(jobs().get(0).get("id").asText(), "completed");
    assertThat(served.get(again.get("images").get(0).get("url").asText()).body()).isEqualTo(png);

    browser.id("further-clear").click();
    assertThat(browser.id("further").isDisplayed()).isFalse();
  }

  @Test
  void anImageDroppedOnTheStartIsWhereTheNextOneStarts() throws Exception {
    drop(png("{\"prompt\": \"dropped\", \"seed\": 1, \"steps\": 1}"), "#start");
    browser.await("the canvas", () -> browser.id("canvas").isDisplayed());

    assertThat(browser.value("prompt")).isEmpty();
  }

  @Test
  void againWithThisSeedGivesTheSameBytesAndASweepARowOfFive() throws Exception {
    byte[] png = png("{\"prompt\": \"sea\", \"seed\": 18446744073709551610, \"steps\": 2}");
    browser.driver.navigate().refresh();
    browser.ready();
    browser.click("[aria-label='Again with seed 18446744073709551610']");
    browser.await("a second job", () -> jobs().size() == 2);
    JsonNode second = served.await(jobs().get(0).get("id").asText(), "completed");
    assertThat(served.get(second.get("images").get(0).get("url").asText()).body()).isEqualTo(png);
    awaitIdle();

    browser.click("[aria-label='Gamma sweep of seed 18446744073709551610']");
    awaitImages("#history .sweep img", 5);
    assertThat(
            browser.script(
                "return [...document.querySelectorAll('.sweep figcaption')].map(c => c.textContent)"))
        .asInstanceOf(InstanceOfAssertFactories.LIST)
        .containsExactly("gamma 0", "gamma 0.25", "gamma 0.5", "gamma 0.75", "gamma 1");
    browser.click("[aria-label='Use gamma 0.75']");
    assertThat(browser.value("gamma")).isEqualTo("0.75");
    assertThat(browser.value("seed")).isEqualTo("18446744073709551610");
  }

  @Test
  void theKeyboardAloneGeneratesCancelsAndForgets() {
    assertThat(browser.driver.switchTo().activeElement().getDomAttribute("id")).isEqualTo("prompt");
    browser.keys("keyboard");
    browser.tabTo("sampler");
    browser.keys("DDIM");
    browser.tabTo("steps");
    browser.keys("900");
    browser.tabTo("seed");
    browser.keys("3");
    browser.tabTo("count");
    browser.keys("8");
    browser.script("document.getElementById('prompt').focus()");
    browser.tabTo("generate");
    browser.keys(Keys.SPACE);
    awaitStep();
    browser.tabTo("cancel");
    browser.keys(Keys.ENTER);
    awaitIdle();
    WebElement forget = browser.first("[aria-label='Forget keyboard']");
    for (int i = 0; i < 80 && !browser.driver.switchTo().activeElement().equals(forget); i++) {
      browser.keys(Keys.TAB);
    }
    browser.keys(Keys.ENTER);

    browser.await("an empty history", () -> browser.id("empty").isDisplayed());
    assertThat(jobs()).isEmpty();
  }

  @Test
  void repeatGoesOnUntilItIsCancelled() {
    describe("again", 1, "");
    browser.id("forever").click();
    browser.id("generate").click();
    browser.await("three jobs", () -> jobs().size() >= 3);
    browser.id("forever").click();
    awaitIdle();

    assertThat(jobs().get(0).get("request").get("seed"))
        .isNotEqualTo(jobs().get(1).get("request").get("seed"));
  }
}
