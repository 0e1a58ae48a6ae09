package io.github.tcd4j.server.http;

import io.javalin.http.Context;

/** Headers of every answer, which keep a browser from giving it to anybody else. */
public final class SecurityHeaders {
  private SecurityHeaders() {}

  /** Sets them; the page needs no more than what comes from here. */
  public static void set(Context ctx) {
    ctx.header("X-Content-Type-Options", "nosniff");
    ctx.header("Referrer-Policy", "no-referrer");
    ctx.header("Cross-Origin-Resource-Policy", "same-origin");
    ctx.header("Cross-Origin-Opener-Policy", "same-origin");
    ctx.header("Cache-Control", "no-store");
    ctx.header(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
            + " img-src 'self' blob: data:; base-uri 'none'; form-action 'none';"
            + " frame-ancestors 'none'");
  }
}
