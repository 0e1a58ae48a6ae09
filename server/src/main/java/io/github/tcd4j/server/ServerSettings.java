package io.github.tcd4j.server;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.server.http.AccessToken;
import io.github.tcd4j.server.senders.SenderLimits;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the server listens, and who may call.
 *
 * @param host name or address to listen on
 * @param port 0 for any that is free
 * @param names of the server that a Host header may have, besides its addresses and localhost
 * @param token that callers must know; null for none, on addresses of this machine alone
 * @param idle after which a silent connection is closed
 * @param senders how slowly requests may come
 * @param grace for the running job when the server is closed
 */
public record ServerSettings(
    String host,
    int port,
    List<String> names,
    @Nullable AccessToken token,
    Duration idle,
    SenderLimits senders,
    Duration grace) {
  /** Letters, digits and hyphens between dots. A wildcard would let any rebound name pass. */
  private static final Pattern HOST_NAME =
      Pattern.compile(
          "(?i)[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?)*");

  /** Port 7860 of this machine alone. */
  public static final ServerSettings USUAL =
      new ServerSettings(
          "127.0.0.1",
          7860,
          List.of(),
          null,
          Duration.ofSeconds(30),
          SenderLimits.USUAL,
          Duration.ofSeconds(10));

  /**
   * Checks the values.
   *
   * @throws InvalidRequestException if the address is unknown, or can be reached from other
   *     machines and no token is required, or a name is none
   */
  public ServerSettings {
    if (port < 0 || port > 65535) {
      throw new InvalidRequestException("the port must be in [0, 65535] but was " + port);
    }
    if (token == null && !isLoopback(host)) {
      throw new InvalidRequestException(
          ("the address " + host + " can be reached from other machines, so the server needs a")
              + " token that callers must know");
    }
    names = List.copyOf(names);
    for (String name : names) {
      if (!HOST_NAME.matcher(name).matches()) {
        throw new InvalidRequestException(
            "a name of the server must be a host name, such as images.example.org, without port or"
                + " wildcard, but was "
                + name);
      }
    }
  }

  private static boolean isLoopback(String host) {
    try {
      for (InetAddress address : InetAddress.getAllByName(host)) {
        if (!address.isLoopbackAddress()) {
          return false;
        }
      }
      return true;
    } catch (UnknownHostException e) {
      throw new InvalidRequestException("the address " + host + " is not known", e);
    }
  }

  public ServerSettings withAddress(String otherHost, int otherPort) {
    return new ServerSettings(otherHost, otherPort, names, token, idle, senders, grace);
  }

  public ServerSettings withNames(List<String> others) {
    return new ServerSettings(host, port, others, token, idle, senders, grace);
  }

  public ServerSettings withToken(@Nullable AccessToken other) {
    return new ServerSettings(host, port, names, other, idle, senders, grace);
  }

  public ServerSettings withIdle(Duration other) {
    return new ServerSettings(host, port, names, token, other, senders, grace);
  }

  public ServerSettings withSenders(SenderLimits other) {
    return new ServerSettings(host, port, names, token, idle, other, grace);
  }

  public ServerSettings withGrace(Duration other) {
    return new ServerSettings(host, port, names, token, idle, senders, other);
  }
}
