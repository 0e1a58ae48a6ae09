package io.github.tcd4j.server.http;

import io.javalin.http.Context;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.jspecify.annotations.Nullable;

/** The connection of a request that waits for its answer. */
public final class ClientConnection {
  private final @Nullable SocketChannel socket;
  private final Context ctx;

  private ClientConnection(Context ctx, @Nullable SocketChannel socket) {
    this.ctx = ctx;
    this.socket = socket;
  }

  /** That of a request whose body has been read. */
  public static ClientConnection of(Context ctx) {
    ServletContextRequest request = ServletContextRequest.getServletContextRequest(ctx.req());
    EndPoint end = request.getConnectionMetaData().getConnection().getEndPoint();
    return new ClientConnection(
        ctx, end instanceof SocketChannelEndPoint plain ? plain.getChannel() : null);
  }

  /**
   * Whether the client has closed it. HTTP/1.1 has no other sign than the end of what can be read;
   * a byte that is there instead belongs to a request sent ahead, which the client repeats when the
   * connection is closed after the answer.
   */
  public boolean isGone() {
    if (socket == null) {
      return false;
    }
    try {
      int read = socket.read(ByteBuffer.allocate(1));
      if (read > 0) {
        ctx.res().setHeader("Connection", "close");
      }
      return read < 0;
    } catch (IOException e) {
      return true;
    }
  }
}
