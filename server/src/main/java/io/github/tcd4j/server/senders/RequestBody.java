package io.github.tcd4j.server.senders;

import io.github.tcd4j.server.http.HttpProblem;
import io.github.tcd4j.server.http.JettyErrors;
import io.github.tcd4j.server.http.JsonBody;
import java.util.ArrayDeque;
import java.util.Deque;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** The body of a request while it comes; then the request is handled with it. */
final class RequestBody implements Runnable {
  private final Request request;
  private final Response response;
  private final Callback callback;
  private final Sender sender;
  private final BodyRoom room;
  private final Handler next;

  private final Deque<byte[]> pieces = new ArrayDeque<>();
  private volatile long received;

  /** Bytes of the pieces. */
  private long held;

  private boolean discarded;

  RequestBody(
      Request request,
      Response response,
      Callback callback,
      Sender sender,
      BodyRoom room,
      Handler next) {
    this.request = request;
    this.response = response;
    this.callback = callback;
    this.sender = sender;
    this.room = room;
    this.next = next;
  }

  /** How much has come. */
  long receivedBytes() {
    return received;
  }

  /** Takes what is there, and waits for more without a thread. */
  @Override
  public void run() {
    while (sender.awaits(this)) {
      Content.Chunk chunk = request.read();
      if (chunk == null) {
        request.demand(this);
        return;
      }
      if (Content.Chunk.isFailure(chunk)) {
        handle(chunk.getFailure());
        return;
      }
      HttpProblem problem = add(chunk);
      boolean last = chunk.isLast();
      chunk.release();
      if (problem != null) {
        if (sender.received(this)) {
          refuse(problem);
        }
        return;
      }
      if (last) {
        handle(null);
        return;
      }
    }
  }

  private synchronized @Nullable HttpProblem add(Content.Chunk chunk) {
    int length = chunk.remaining();
    if (length == 0) {
      return null;
    }
    if (received + length > JsonBody.LARGE) {
      return JsonBody.tooLarge(JsonBody.LARGE);
    }
    if (!room.grow(held, held + length)) {
      return JsonBody.tooManyBytes();
    }
    byte[] piece = new byte[length];
    chunk.getByteBuffer().get(piece);
    held += length;
    received += length;
    if (discarded) {
      take(held);
    } else {
      pieces.add(piece);
    }
    return null;
  }

  private void handle(@Nullable Throwable failure) {
    if (!sender.received(this)) {
      return;
    }
    Request whole = new ReceivedRequest(request, this, failure);
    try {
      if (!next.handle(whole, response, callback)) {
        Response.writeError(whole, response, callback, 404);
      }
    } catch (Throwable e) {
      Response.writeError(whole, response, callback, e);
    }
  }

  /** Answers before all has come; the connection ends with it. */
  void refuse(HttpProblem problem) {
    discard();
    JettyErrors.answer(response, problem, callback);
  }

  /** The next bytes; null at the end. */
  synchronized byte @Nullable [] poll() {
    byte[] piece = pieces.poll();
    if (piece != null) {
      take(piece.length);
    }
    return piece;
  }

  /** Forgets what nobody has read. */
  synchronized void discard() {
    discarded = true;
    pieces.clear();
    take(held);
  }

  private void take(long bytes) {
    room.shrink(held, held - bytes);
    held -= bytes;
  }
}
