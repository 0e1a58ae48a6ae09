package io.github.tcd4j.server.senders;

import io.github.tcd4j.server.http.JettyErrors;
import io.github.tcd4j.server.http.JsonBody;
import java.util.function.Predicate;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Hands requests on when all of them has come, so that no thread waits for a sender: a thousand
 * slow ones hold no more than their connections.
 */
public final class BodyHandler extends Handler.Wrapper {
  private final SenderDeadlines deadlines;
  private final Predicate<Request> allowed;
  private final BodyRoom room = new BodyRoom();

  /**
   * @param allowed who may call; others are refused by what comes next, before their body is read
   */
  public BodyHandler(SenderDeadlines deadlines, Predicate<Request> allowed) {
    this.deadlines = deadlines;
    this.allowed = allowed;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    Sender sender = deadlines.of(request.getConnectionMetaData().getConnection());
    boolean chunked = request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING);
    boolean hasBody = chunked || request.getLength() > 0;
    RequestBody body =
        hasBody && allowed.test(request)
            ? new RequestBody(request, response, callback, sender, room, getHandler())
            : null;
    long number = sender.begin(body);
    if (number == 0) {
      callback.failed(new EofException("refused"));
      return true;
    }
    Request.addCompletionListener(
        request,
        failure -> {
          sender.answered(number);
          if (body != null) {
            body.discard();
          }
        });
    if (body == null) {
      return super.handle(request, response, callback);
    }
    if (request.getLength() > JsonBody.LARGE) {
      sender.received(body);
      JettyErrors.answer(response, JsonBody.tooLarge(JsonBody.LARGE), callback);
      return true;
    }
    body.run();
    return true;
  }
}
