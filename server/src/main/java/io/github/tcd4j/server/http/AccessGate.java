package io.github.tcd4j.server.http;

import io.javalin.http.Context;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.eclipse.jetty.server.Request;
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
    HttpProblem problem = problem(ctx.req().getMethod(), ctx.path(), ctx::header);
    if (problem != null) {
      if (problem.status() == 401) {
        ctx.header("WWW-Authenticate", "Bearer");
      }
      throw problem;
    }
  }

  /** Whether a request may pass whose body has not come yet. */
  public boolean allows(Request request) {
    return problem(
            request.getMethod(), Request.getPathInContext(request), request.getHeaders()::get)
        == null;
  }

  private @Nullable HttpProblem problem(
      String method, String path, Function<String, @Nullable String> header) {
    String host = header.apply("Host");
    if (host == null || !isOurs(host)) {
      return new HttpProblem(
          403,
          "unknown_host",
          "the request is for a host name that this server does not have; use its address, or start"
              + " it with that name");
    }
    String origin = header.apply("Origin");
    if (origin != null && !isSame(origin, host)) {
      return new HttpProblem(
          403, "foreign_origin", "the request comes from a page of another origin");
    }
    String site = header.apply("Sec-Fetch-Site");
    boolean reads = method.equals("GET") || method.equals("HEAD");
    if (!reads && site != null && (site.equals("cross-site") || site.equals("same-site"))) {
      return new HttpProblem(
          403, "foreign_origin", "the request comes from a page of another origin");
    }
    if (token != null && !open.contains(path) && !token.isIn(header.apply("Authorization"))) {
      return new HttpProblem(
          401,
          "no_token",
          "this server requires its token: Authorization: Bearer TOKEN, or as the password");
    }
    return null;
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
