package io.github.tcd4j.server.senders;

import io.github.tcd4j.server.http.HttpProblem;
import io.github.tcd4j.server.http.JettyErrors;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** The client at the other end of a connection: what it is sending, and since when. */
final class Sender {
  /** The answer to one that is too slow. */
  static final HttpProblem TOO_SLOW =
      new HttpProblem(408, "too_slow", "the request came too slowly; send it again");

  /** In which the answer to a refused one is sent, before the connection is cut. */
  private static final long LINGER = Duration.ofMillis(300).toNanos();

  private enum State {
    /** Between two requests. */
    IDLE,
    /** Some bytes of a request have come, but not all of its headers. */
    HEAD,
    /** Its headers have come, and its body is awaited. */
    BODY,
    /** All of it has come, or has been refused. */
    ANSWER,
    /** Refused before it was a request. */
    REFUSED
  }

  private final Connection connection;
  private State state = State.IDLE;
  private long since = System.nanoTime();

  /** That came with the requests before. */
  private long bytesBefore;

  private @Nullable RequestBody body;

  /** Counts the requests: the end of one may be reported after the begin of the next. */
  private long request;

  Sender(Connection connection) {
    this.connection = connection;
  }

  /**
   * The headers of a request have come.
   *
   * @param awaited its body; null if it has none
   * @return its number; 0 if it has been refused meanwhile
   */
  synchronized long begin(@Nullable RequestBody awaited) {
    if (state == State.REFUSED) {
      return 0;
    }
    state = awaited == null ? State.ANSWER : State.BODY;
    body = awaited;
    since = System.nanoTime();
    return ++request;
  }

  /** The body has come; false if it has been refused meanwhile. */
  synchronized boolean received(RequestBody whole) {
    if (!awaits(whole)) {
      return false;
    }
    state = State.ANSWER;
    body = null;
    return true;
  }

  /** Whether this body is still awaited. */
  synchronized boolean awaits(RequestBody coming) {
    return state == State.BODY && body == coming;
  }

  /** The request of that number has been answered. */
  synchronized void answered(long number) {
    if (state != State.REFUSED && number == request) {
      state = State.IDLE;
      body = null;
      since = System.nanoTime();
      bytesBefore = connection.getBytesIn();
    }
  }

  /** Looks what has come meanwhile, and refuses it if it is too slow. */
  void look(long now, SenderLimits limits) {
    boolean late;
    synchronized (this) {
      if (state == State.IDLE && connection.getBytesIn() > bytesBefore) {
        state = State.HEAD;
        since = now;
      }
      RequestBody awaited = body;
      late =
          switch (state) {
            case HEAD -> now - since > limits.head().toNanos();
            case BODY -> awaited != null && limits.tooSlow(now - since, awaited.receivedBytes());
            case REFUSED -> now - since > LINGER;
            case IDLE, ANSWER -> false;
          };
    }
    if (late) {
      refuse();
    }
  }

  /** Since when nothing whole has come; {@link Long#MAX_VALUE} while its request is worked on. */
  synchronized long waitingSince() {
    return state == State.ANSWER ? Long.MAX_VALUE : since;
  }

  /** Ends what is incomplete: with an answer where there is a request, or a part of one. */
  void refuse() {
    RequestBody refused;
    State was;
    synchronized (this) {
      was = state;
      refused = body;
      body = null;
      state =
          switch (was) {
            case IDLE, HEAD, REFUSED -> State.REFUSED;
            case BODY, ANSWER -> State.ANSWER;
          };
      since = System.nanoTime();
    }
    switch (was) {
      case HEAD -> answer();
      case BODY -> {
        if (refused != null) {
          refused.refuse(TOO_SLOW);
        }
      }
      case IDLE, REFUSED -> connection.getEndPoint().close();
      case ANSWER -> {}
    }
  }

  /** Before the headers are complete there is no request that could be answered: only bytes. */
  private void answer() {
    try {
      connection
          .getEndPoint()
          .write(
              Callback.from(
                  connection.getEndPoint()::shutdownOutput,
                  failure -> connection.getEndPoint().close()),
              ByteBuffer.wrap(JettyErrors.whole(TOO_SLOW)));
    } catch (RuntimeException e) {
      // Something is being written already: what came was no HTTP, and that is its answer.
      connection.getEndPoint().close();
    }
  }
}
