package io.github.tcd4j.server.senders;

import java.nio.ByteBuffer;
import java.util.Objects;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** A request whose body is in memory, up to its end or to what ended it. */
final class ReceivedRequest extends Request.Wrapper {
  private final RequestBody body;
  private final @Nullable Throwable failure;

  ReceivedRequest(Request request, RequestBody body, @Nullable Throwable failure) {
    super(request);
    this.body = body;
    this.failure = failure;
  }

  @Override
  public Content.Chunk read() {
    byte[] piece = body.poll();
    if (piece != null) {
      return Objects.requireNonNull(Content.Chunk.from(ByteBuffer.wrap(piece), false));
    }
    return failure == null ? Content.Chunk.EOF : Content.Chunk.from(failure);
  }

  /** There is always something to read. */
  @Override
  public void demand(Runnable available) {
    getComponents().getExecutor().execute(available);
  }

  @Override
  public boolean consumeAvailable() {
    body.discard();
    return failure == null;
  }
}
