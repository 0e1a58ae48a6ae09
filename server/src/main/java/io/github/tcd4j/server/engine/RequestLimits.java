package io.github.tcd4j.server.engine;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.input.Upscaling;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;

/**
 * The most that one request may ask for, so that none occupies the engine for hours.
 *
 * @param pixels of one picture
 * @param count of pictures
 * @param work pixels x steps x pictures, twice that with guidance, which evaluates the network
 *     twice; pixels that several windows of an upscaled picture have count for each
 * @param promptCharacters of a prompt, and of a negative prompt
 */
public record RequestLimits(long pixels, int count, long work, int promptCharacters) {
  /** 2048x2048 pixels, 64 pictures, as much work as 60 steps of 4 such pictures with guidance. */
  public static final RequestLimits USUAL = new RequestLimits(1L << 22, 64, 1L << 31, 20_000);

  public RequestLimits {
    if (pixels < 1 || count < 1 || work < 1 || promptCharacters < 1) {
      throw new InvalidRequestException("limits of requests must be at least 1");
    }
  }

  /** What a request costs, in the unit of {@link #work}. */
  public static long work(GenerationSettings s) {
    long rows = s.guided() ? 2 : 1;
    return Math.multiplyExact(
        seen(s) * rows, Math.multiplyExact((long) s.steps(), s.position().size()));
  }

  /**
   * Pixels of one picture that the network sees in a step: where windows overlap, several times.
   */
  private static long seen(GenerationSettings s) {
    Upscaling up = s.input().upscaling();
    return up == null ? (long) s.width() * s.height() : up.seen(s.width(), s.height());
  }

  /** Refuses a number of pictures, and prompts, before anything is made of them. */
  public void checkCount(Request request) {
    if (request.count() > count) {
      throw new InvalidRequestException(
          "count must be in [1, " + count + "] on this server but was " + request.count());
    }
    checkPrompt("prompt", request.prompt().text());
    String negative = request.prompt().negative();
    checkPrompt("negative prompt", negative == null ? "" : negative);
  }

  /**
   * Refuses what is more.
   *
   * @throws InvalidRequestException that names the value and the limit
   */
  public void check(GenerationSettings s) {
    long area = (long) s.width() * s.height();
    if (area > pixels) {
      throw new InvalidRequestException(
          ("a picture of " + s.width() + "x" + s.height() + " has " + area + " pixels")
              + (" but this server's limit is " + pixels),
          Hint.LESS_MEMORY);
    }
    int pictures = s.position().size();
    long seen = seen(s);
    if (seen * s.steps() > work / pictures / (s.guided() ? 2 : 1)) {
      String overlap = seen > area ? ", a smaller overlap" : "";
      throw new InvalidRequestException(
          ("the request asks for " + pictures + " pictures of " + s.width() + "x" + s.height())
              + (" in " + s.steps() + " steps, more work than this server's limit of " + work)
              + " pixels x steps; use a smaller size"
              + (overlap + ", fewer steps or fewer pictures"));
    }
  }

  private void checkPrompt(String what, String text) {
    if (text.length() > promptCharacters) {
      throw new InvalidRequestException(
          ("the " + what + " must have at most " + promptCharacters + " characters but had ")
              + text.length());
    }
  }
}
