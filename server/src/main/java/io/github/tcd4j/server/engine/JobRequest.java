package io.github.tcd4j.server.engine;

import io.github.tcd4j.pipeline.Request;

/**
 * What somebody wants generated.
 *
 * @param model with which
 * @param request what
 * @param api which API it came through, for logs and metrics
 */
public record JobRequest(ServedModel model, Request request, String api) {
  JobRequest with(Request other) {
    return new JobRequest(model, other, api);
  }
}
