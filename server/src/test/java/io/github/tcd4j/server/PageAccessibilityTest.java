package io.github.tcd4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.server.engine.EngineSettings;
import io.github.tcd4j.server.http.AccessToken;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The rules of axe-core, in both colour schemes, and the widths of a phone and a desk. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PageAccessibilityTest {
  private static final String TOKEN = "sixteen characters and more";

  private static Browser browser;

  @BeforeAll
  static void start() {
    browser = Browser.start();
    browser.driver.manage().timeouts().scriptTimeout(java.time.Duration.ofSeconds(30));
  }

  @AfterAll
  static void end() {
    if (browser != null) {
      browser.close();
    }
  }

  private static String axe() throws IOException {
    try (InputStream in = PageAccessibilityTest.class.getResourceAsStream("/axe.min.js")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void assertNoViolation(String state) throws IOException {
    for (String scheme : new String[] {"light", "dark"}) {
      browser.scheme(scheme);
      browser.script(axe());
      Object found =
          browser.driver.executeAsyncScript(
              """
              const done = arguments[0];
              axe.run(document).then(
                result => done(result.violations.map(v => v.id + ": " + v.help + " at "
                  + v.nodes.map(n => n.target.join(" ") + " " + n.failureSummary).join("; "))
                  .join("\\n")),
                error => done("" + error));
              """);
      assertThat(found).as(state + ", " + scheme).isEqualTo("");
    }
  }

  private static void assertNoHorizontalScroll(String state) {
    assertThat(
            browser.script(
                """
                const right = innerWidth + 0.5;
                return document.documentElement.scrollWidth <= innerWidth ? ""
                  : [...document.querySelectorAll("body *")]
                      .filter(e => e.getBoundingClientRect().right > right)
                      .map(e => e.tagName + "#" + e.id + "." + e.className).join(" ");
                """))
        .as(state)
        .isEqualTo("");
  }

  @Test
  void noStateOfThePageViolatesARuleOrScrollsSideways(@TempDir Path folder) throws Exception {
    try (Served served = Served.usual()) {
      browser.open(served.server.address());
      for (int width : new int[] {320, 1280}) {
        browser.width(width);
        assertNoHorizontalScroll("empty, " + width);
        assertNoViolation("empty, " + width);
      }
      String id =
          served.submit(
              "{\"prompt\": \""
                  + "long".repeat(30)
                  + "\", \"seed\": 18446744073709551610, \"steps\": 2, \"count\": 3}");
      byte[] png =
          served.get(served.await(id, "completed").get("images").get(0).get("url").asText()).body();
      for (String gamma : new String[] {"0.0", "0.25", "0.5", "0.75", "1.0"}) {
        served.await(
            served.submit(
                "{\"prompt\": \"a\", \"seed\": 7, \"steps\": 2, \"gamma\": " + gamma + "}"),
            "completed");
      }
      Path file = Files.write(folder.resolve("start.png"), png);
      browser.driver.navigate().refresh();
      browser.ready();
      browser.first(".sweep");
      browser.id("image").sendKeys(file.toString());
      browser.await("the canvas", () -> browser.id("canvas").isDisplayed());
      browser.id("picture").sendKeys(file.toString());
      browser.await("the form", () -> browser.value("prompt").startsWith("long"));
      browser.fill("gamma", "7");
      browser.id("generate").click();
      browser.await("the error", () -> browser.id("error").isDisplayed());
      String running = served.submit(Served.LONG);
      browser.driver.executeScript("document.dispatchEvent(new Event('visibilitychange'))");
      browser.await("progress", () -> browser.id("progress").isDisplayed());
      for (int width : new int[] {320, 1280}) {
        browser.width(width);
        assertNoHorizontalScroll("full, " + width);
        assertNoViolation("full, " + width);
      }
      served.post("/api/jobs/" + running + "/cancel", "");
    }
  }

  @Test
  void thePageAsksForTheTokenAndGoesOnWithIt() throws Exception {
    try (Served served =
        new Served(EngineSettings.USUAL, ServerSettings.USUAL.withToken(AccessToken.of(TOKEN)))) {
      browser.driver.get(served.server.address());
      browser.await("the question", () -> browser.id("login").isDisplayed());
      assertNoViolation("the question for the token");
      browser.fill("token", "not the token of it");
      browser.id("login-form").submit();
      browser.await("the answer", () -> browser.text("login-error").contains("does not accept"));
      browser.fill("token", TOKEN);
      browser.id("login-form").submit();
      browser.ready();

      browser.fill("prompt", "a");
      browser.fill("steps", "1");
      browser.id("generate").click();
      browser.first("#history img[src^=blob]");
    }
  }
}
