package io.github.tcd4j.server.http;

import io.javalin.http.Context;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may call. A browser on this machine carries out what foreign pages tell it, so an address
 * that others cannot reach is no protection: the {@code Host} must be a name of this server, which
 * a page that has rebound its own name to this address cannot send, and an {@code Origin} must be
 * this server's own.
 */
public final class AccessGate {
  private final List<String> names;
  private final @Nullable AccessToken token;
  private final Set<String> open;

  /**
   * @param names of this server besides its addresses and localhost
   * @param token null where everybody who reaches the address may call
   * @param open addresses that need no token
   */
  public AccessGate(List<String> names, @Nullable AccessToken token, Set<String> open) {
    this.names = names.stream().map(n -> n.toLowerCase(Locale.ROOT)).toList();
    this.token = token;
    this.open = Set.copyOf(open);
  }

  /** Whether a token is required. */
  public boolean hasToken() {
    return token != null;
  }

  /**
   * Lets a request pass.
   *
   * @throws HttpProblem if it must not
   */
  public void check(Context ctx) {
    String host = ctx.header("Host");
    if (host == null || !isOurs(host)) {
      throw new HttpProblem(
          403,
          "unknown_host",
          "the request is for a host name that this server does not have; use its address, or start"
              + " it with that name");
    }
    String origin = ctx.header("Origin");
    if (origin != null && !isSame(origin, host)) {
      throw new HttpProblem(
          403, "foreign_origin", "the request comes from a page of another origin");
    }
    String site = ctx.header("Sec-Fetch-Site");
    boolean reads = ctx.req().getMethod().equals("GET") || ctx.req().getMethod().equals("HEAD");
    if (!reads && site != null && (site.equals("cross-site") || site.equals("same-site"))) {
      throw new HttpProblem(
          403, "foreign_origin", "the request comes from a page of another origin");
    }
    if (token != null && !open.contains(ctx.path()) && !token.isIn(ctx.header("Authorization"))) {
      ctx.header("WWW-Authenticate", "Bearer");
      throw new HttpProblem(
          401,
          "no_token",
          "this server requires its token: Authorization: Bearer TOKEN, or as the password");
    }
  }

  /** An address cannot be rebound, only a name can. */
  private boolean isOurs(String hostAndPort) {
    String host = withoutPort(hostAndPort).toLowerCase(Locale.ROOT);
    return host.equals("localhost")
        || host.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}")
        || host.matches("\\[[0-9a-f:.]+\\]")
        || names.contains(host);
  }

  private static String withoutPort(String hostAndPort) {
    int end = hostAndPort.startsWith("[") ? hostAndPort.indexOf(']') + 1 : hostAndPort.indexOf(':');
    return end <= 0 ? hostAndPort : hostAndPort.substring(0, end);
  }

  private static boolean isSame(String origin, String host) {
    try {
      String authority = URI.create(origin).getRawAuthority();
      return authority != null && authority.equalsIgnoreCase(host);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
