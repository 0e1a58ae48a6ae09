package io.github.tcd4j.server.page;

import io.javalin.config.RoutesConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The page, its script and style, the icon and the description of the API, from the jar. */
public final class PageFiles {
  private static final String SCRIPT = "text/javascript; charset=utf-8";

  /** By address: the name in the jar, and the type. */
  private static final Map<String, List<String>> FILES =
      Map.of(
          "/", List.of("page.html", "text/html; charset=utf-8"),
          "/page.js", List.of("page.js", SCRIPT),
          "/adapters.js", List.of("adapters.js", SCRIPT),
          "/api.js", List.of("api.js", SCRIPT),
          "/form.js", List.of("form.js", SCRIPT),
          "/history.js", List.of("history.js", SCRIPT),
          "/start.js", List.of("start.js", SCRIPT),
          "/page.css", List.of("page.css", "text/css; charset=utf-8"),
          "/icon.svg", List.of("icon.svg", "image/svg+xml"),
          "/openapi.json", List.of("openapi.json", "application/json"));

  private PageFiles() {}

  /** Their addresses; none holds anything secret. */
  public static Set<String> addresses() {
    return FILES.keySet();
  }

  /** Adds their addresses. */
  public static void addTo(RoutesConfig routes) {
    FILES.forEach((address, file) -> file(routes, address, file.get(0), file.get(1)));
  }

  private static void file(RoutesConfig routes, String address, String name, String type) {
    byte[] bytes = read(name);
    routes.get(
        address,
        ctx -> {
          ctx.contentType(type);
          ctx.header("Cache-Control", "no-cache");
          ctx.result(bytes);
        });
  }

  private static byte[] read(String name) {
    try (InputStream in = PageFiles.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
