package io.github.tcd4j.server;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.NoSuchElementException;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;

/** Chromium without a window, on the page of a server. A test is skipped where it is missing. */
final class Browser implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** It warns that it does not know the newest browsers' own protocol, of which two calls serve. */
  private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

  final ChromeDriver driver;

  private Browser(ChromeDriver driver) {
    this.driver = driver;
  }

  /** Starts it; aborts the test, saying what to install, where there is none. */
  static Browser start() {
    SELENIUM.setLevel(Level.SEVERE);
    Path browser = program("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
    Path remote = program("chromedriver");
    ChromeOptions options = new ChromeOptions();
    options.setBinary(browser.toFile());
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--no-first-run",
        "--window-size=1280,900",
        "--force-prefers-reduced-motion");
    ChromeDriverService service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(remote.toFile())
            .usingAnyFreePort()
            .build();
    return new Browser(new ChromeDriver(service, options));
  }

  private static Path program(String... names) {
    String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
    return Arrays.stream(names)
        .flatMap(n -> Arrays.stream(path.split(File.pathSeparator)).map(f -> Path.of(f, n)))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseGet(
            () ->
                abort(
                    "the page is not tested: none of the programs "
                        + List.of(names)
                        + " is on the PATH (on Debian: apt-get install chromium chromium-driver)"));
  }

  /** Opens the page and waits until its lists are filled. */
  void open(String address) {
    driver.get(address);
    ready();
  }

  void ready() {
    await("the page is ready", () -> text("summary").startsWith("Version"));
  }

  WebElement id(String id) {
    return driver.findElement(By.id(id));
  }

  String text(String id) {
    return id(id).getText();
  }

  /** Puts a value into a field, or chooses it from a list. */
  void fill(String id, String value) {
    WebElement field = id(id);
    if (field.getTagName().equals("select")) {
      field.findElement(By.cssSelector("option[value='" + value + "']")).click();
      return;
    }
    field.clear();
    field.sendKeys(value);
  }

  String value(String id) {
    return String.valueOf(id(id).getDomProperty("value"));
  }

  WebElement first(String css) {
    await(css, () -> !driver.findElements(By.cssSelector(css)).isEmpty());
    return driver.findElement(By.cssSelector(css));
  }

  /** Clicks what the page may be making anew at this moment. */
  void click(String css) {
    await(
        css,
        () -> {
          driver.findElement(By.cssSelector(css)).click();
          return true;
        });
  }

  int count(String css) {
    return driver.findElements(By.cssSelector(css)).size();
  }

  Object script(String script, Object... arguments) {
    return driver.executeScript(script, arguments);
  }

  /** Keys go to whatever has the focus. */
  void keys(CharSequence... keys) {
    new Actions(driver).sendKeys(keys).perform();
  }

  /** Presses the tabulator until an element has the focus. */
  void tabTo(String id) {
    for (int i = 0; i < 80; i++) {
      if (id.equals(driver.switchTo().activeElement().getDomAttribute("id"))) {
        return;
      }
      keys(Keys.TAB);
    }
    throw new AssertionError("the tabulator never comes to " + id);
  }

  /** The width in pixels of a phone, or of a desk. */
  void width(int pixels) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", pixels, "height", 800, "deviceScaleFactor", 1, "mobile", pixels < 600));
  }

  void scheme(String lightOrDark) {
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", lightOrDark))));
  }

  /** Waits until something is so. */
  void await(String what, Supplier<Boolean> condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        if (condition.get()) {
          return;
        }
      } catch (NoSuchElementException | StaleElementReferenceException e) {
        // The page is being made anew.
      }
      if (System.nanoTime() > end) {
        throw new AssertionError(
            "not so: " + what + "\n" + driver.findElement(By.tagName("body")).getText());
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Override
  public void close() {
    driver.quit();
  }
}
