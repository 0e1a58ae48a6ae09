package io.github.tcd4j.server.engine;

import io.github.tcd4j.pipeline.Request;

/**
 * What somebody wants generated.
 *
 * @param model with which
 * @param request what
 * @param api which API it came through, for logs and metrics
 * @param exact whether it must share no step with other requests, so that its bytes are those that
 *     it has alone
 */
public record JobRequest(ServedModel model, Request request, String api, boolean exact) {
  /** One that may share steps. */
  public JobRequest(ServedModel model, Request request, String api) {
    this(model, request, api, false);
  }

  /** The same with another request. */
  public JobRequest with(Request other) {
    return new JobRequest(model, other, api, exact);
  }
}
