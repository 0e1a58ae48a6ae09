package io.github.tcd4j.server.page;

import io.javalin.config.RoutesConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** The page, its script and style, the icon and the description of the API, from the jar. */
public final class PageFiles {
  private PageFiles() {}

  /** Adds their addresses. */
  public static void addTo(RoutesConfig routes) {
    file(routes, "/", "page.html", "text/html; charset=utf-8");
    file(routes, "/page.js", "page.js", "text/javascript; charset=utf-8");
    file(routes, "/page.css", "page.css", "text/css; charset=utf-8");
    file(routes, "/icon.svg", "icon.svg", "image/svg+xml");
    file(routes, "/openapi.json", "openapi.json", "application/json");
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
