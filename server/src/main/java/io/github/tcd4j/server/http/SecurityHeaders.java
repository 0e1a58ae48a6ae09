package io.github.tcd4j.server.http;

import io.javalin.http.Context;
import java.util.Map;
import org.eclipse.jetty.http.HttpFields;

/** Headers of every answer, which keep a browser from giving it to anybody else. */
public final class SecurityHeaders {
  private static final Map<String, String> ALL =
      Map.of(
          "X-Content-Type-Options",
          "nosniff",
          "Referrer-Policy",
          "no-referrer",
          "Cross-Origin-Resource-Policy",
          "same-origin",
          "Cross-Origin-Opener-Policy",
          "same-origin",
          "Cache-Control",
          "no-store",
          "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
              + " img-src 'self' blob: data:; base-uri 'none'; form-action 'none';"
              + " frame-ancestors 'none'");

  private SecurityHeaders() {}

  /** Sets them; the page needs no more than what comes from here. */
  public static void set(Context ctx) {
    ALL.forEach(ctx::header);
  }

  /** The same of an answer that is none of Javalin's. */
  static void set(HttpFields.Mutable headers) {
    ALL.forEach(headers::put);
  }
}
